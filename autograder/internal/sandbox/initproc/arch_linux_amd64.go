package main

import "golang.org/x/sys/unix"

// auditArch is the processor that system calls must come from: on amd64, 32-bit calls have other numbers.
const auditArch = unix.AUDIT_ARCH_X86_64
