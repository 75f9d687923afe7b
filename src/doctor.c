/*
 * doctor.c - what playpen needs of the machine, looked at one by one.
 */
#include "policy.h"

int doctor(void)
{
    die("--doctor: not there yet");
}
