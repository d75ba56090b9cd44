/* SPDX-License-Identifier: GPL-2.0-only */
/* Invented for the tests of the kind kvm: a caller that its shell does not know. It is read only.
 */
int vcpu_enter_guest(struct kvm_vcpu *vcpu)
{
	if (kvm_check_request(KVM_REQ_MIGRATE_TIMER, vcpu))
		move_somewhere(vcpu); /* and no more */
	return 0;
}
