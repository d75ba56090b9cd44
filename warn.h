int warn(int a) { int a_; return 0; }
