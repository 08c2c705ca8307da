typedef long mp_off_t;
