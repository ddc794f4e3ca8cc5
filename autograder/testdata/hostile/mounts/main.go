package main

import "syscall"

func main() {
	attempt("mount", syscall.Mount("tmpfs", "/tmp", "tmpfs", 0, ""))
	attempt("mount proc", syscall.Mount("proc", "/tmp", "proc", 0, ""))
	attempt("remount the root", syscall.Mount("", "/", "", syscall.MS_REMOUNT, ""))
	attempt("unmount", syscall.Unmount("/proc", 0))
	attempt("chroot", syscall.Chroot("/tmp"))
	attempt("pivot_root", syscall.PivotRoot("/tmp", "/tmp"))
	attempt("mknod", syscall.Mknod("/tmp/disk", syscall.S_IFBLK|0o600, 0xfe00))
	attempt("host name", syscall.Sethostname([]byte("x")))
	confess()
}
