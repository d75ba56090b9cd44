# SPDX-License-Identifier: GPL-2.0-only
# When fleet-kills.sh kills: with how many results, and so many seconds later. In turn among the large traces, which
# come first and of which one takes `each` seconds, and among the small ones. `n` moments, in no order.
BEGIN {
	srand(seed)
	for (i = 0; i < n; i++) {
		if (i % 2)
			print large + int(rand() * small), rand()
		else
			print int(rand() * large), rand() * each
	}
}
