/*
 * doctor.h - what playpen needs of the machine, looked at one by one.
 */
#ifndef DOCTOR_H
#define DOCTOR_H

#include "policy.h"

/* A line for each thing that playpen needs; 0 when nothing fails, else 1. */
int doctor(const struct policy *policy);

#endif
