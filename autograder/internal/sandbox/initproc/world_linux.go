package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// What a program can write to is small, and kept in memory that counts against nobody else.
const (
	rootOptions = "size=256k,nr_inodes=256,mode=0755"
	tempOptions = "size=16m,nr_inodes=1k,mode=1777"
)

// devices are all that is taken from outside.
var devices = []string{"/dev/null", "/dev/zero", "/dev/urandom", "/dev/full"}

// hosts is what Go's and the C library's resolvers look names up in. localhost has one address only: where it has two, a client
// that does not get to run for 300 ms tries the second as well and abandons one of two connections (RFC 8305), and the test
// talks to that one in vain. That was 1 of 400 verdicts on clients under load.
const hosts = "127.0.0.1 localhost\n::1 ip6-localhost\n"

// localtime is the time zone of this world, a quarter to six hours ahead of UTC: without one, local time would be UTC, and a
// program that confuses the two would not be found out. RFC 9636, section 3: a header that announces one type of local time
// and four bytes of its name, then the type (20,700 seconds, no summer time, name at 0) and the name.
const localtime = "TZif" + "\x00" + "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
	"\x00\x00\x00\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x01" + "\x00\x00\x00\x04" +
	"\x00\x00\x50\xdc" + "\x00" + "\x00" + "LAB\x00"

// prepare makes the world of the program: a tiny root that is read only, a /tmp, a /proc that shows this sandbox alone, and
// a network that consists of the loopback interface.
//
// program is a descriptor of the program's executable that nobody inside can change, or -1.
func prepare(world arguments) (program int, err error) {
	// Nobody inside may read this process's memory or open its descriptors through /proc.
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return -1, fmt.Errorf("not to be dumpable: %w", err)
	}
	if err := prepareNetwork(); err != nil {
		return -1, fmt.Errorf("prepare the private network: %w", err)
	}
	// A program of the tester's own user owns its executable, and could take away everybody's right to execute it. Where the
	// path leads nowhere for this user, the program has another one, and cannot.
	program = -1
	if world.executable != "" {
		if fd, err := unix.OpenTree(unix.AT_FDCWD, world.executable, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC); err == nil {
			program = fd
		}
	}
	if err := prepareFiles(world, program); err != nil {
		return -1, fmt.Errorf("prepare the private files: %w", err)
	}
	return program, limitResources(world)
}

func prepareFiles(world arguments, program int) error {
	// Nothing that is mounted from here on may be seen outside.
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("private mounts: %w", err)
	}
	var copies []int
	for _, device := range devices {
		fd, err := unix.OpenTree(unix.AT_FDCWD, device, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
		if err != nil {
			return fmt.Errorf("open_tree %s: %w", device, err)
		}
		copies = append(copies, fd)
	}
	defer closeAll(copies)
	shares, err := openShares(world)
	if err != nil {
		return err
	}
	const root = "/tmp" // any folder would do: what is in it is covered in this namespace only
	if err := unix.Mount("tmpfs", root, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, rootOptions); err != nil {
		return fmt.Errorf("mount the root: %w", err)
	}
	if err := os.Chdir(root); err != nil {
		return err
	}
	for _, folder := range []string{"proc", "tmp", "dev", "etc"} {
		if err := os.Mkdir(folder, 0o755); err != nil {
			return err
		}
	}
	if err := os.WriteFile("etc/hosts", []byte(hosts), 0o444); err != nil {
		return err
	}
	if err := os.WriteFile("etc/localtime", []byte(localtime), 0o444); err != nil {
		return err
	}
	for i, device := range devices {
		if err := os.WriteFile("."+device, nil, 0o666); err != nil {
			return err
		}
		if err := unix.MoveMount(copies[i], "", unix.AT_FDCWD, "."+device, unix.MOVE_MOUNT_F_EMPTY_PATH); err != nil {
			return fmt.Errorf("move_mount %s: %w", device, err)
		}
	}
	if err := unix.Mount("tmpfs", "tmp", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, tempOptions); err != nil {
		return fmt.Errorf("mount /tmp: %w", err)
	}
	if err := unix.Mount("proc", "proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	// The settings of these namespaces are to be read, as Go does for the backlog of a listener, and not to be changed.
	if err := unix.Mount("proc/sys", "proc/sys", "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("mount /proc/sys: %w", err)
	}
	if err := unix.MountSetattr(unix.AT_FDCWD, "proc/sys", 0, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}); err != nil {
		return fmt.Errorf("mount_setattr /proc/sys: %w", err)
	}
	if err := placeShares(shares, world.folder); err != nil {
		return err
	}
	if err := placeExecutable(world.executable, program); err != nil {
		return err
	}
	// Afterwards the old root lies on top of the new one, and is taken away (pivot_root(2), NOTES).
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("pivot_root: %w", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("unmount the old root: %w", err)
	}
	return errors.Join(os.Chdir("/"),
		unix.MountSetattr(unix.AT_FDCWD, "/", 0, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}),
		unix.Sethostname([]byte("lab")))
}

// placeExecutable makes a path lead whoever executes it to the program that he is already: to a mount of it that is read only, or
// to what he executes. A copy of the program would do, too, and cost its size in memory.
func placeExecutable(path string, program int) error {
	if path == "" {
		return nil
	}
	if err := os.MkdirAll("."+filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if program < 0 {
		return os.Symlink("/proc/self/exe", "."+path)
	}
	if err := os.WriteFile("."+path, nil, 0o555); err != nil {
		return err
	}
	if err := unix.MoveMount(program, "", unix.AT_FDCWD, "."+path, unix.MOVE_MOUNT_F_EMPTY_PATH); err != nil {
		return fmt.Errorf("move_mount %s: %w", path, err)
	}
	readOnly := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY | unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV}
	if err := unix.MountSetattr(unix.AT_FDCWD, "."+path, 0, &readOnly); err != nil {
		return fmt.Errorf("mount_setattr %s: %w", path, err)
	}
	return nil
}

// prepareNetwork brings the loopback interface up and bounds what socket buffers can hold, so that back-pressure sets in at
// the same place on every machine, and so that they are no place to park memory in: 446 MiB were parked at 3 MiB resident
// before. A kernel that does not let the bounds be set keeps its own.
func prepareNetwork() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer closeAll([]int{fd})
	loopback, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	loopback.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, loopback); err != nil {
		return err
	}
	// minimum, default, maximum in bytes (tcp(7))
	_ = os.WriteFile("/proc/sys/net/ipv4/tcp_rmem", []byte("4096 65536 262144"), 0)
	_ = os.WriteFile("/proc/sys/net/ipv4/tcp_wmem", []byte("4096 16384 262144"), 0)
	return nil
}

// share is a part of the machine that is seen in a workshop.
type share struct {
	path     string
	link     string // what it is a symbolic link to, if it is one
	tree     int    // a detached copy of its mount
	writable bool
}

// openShares takes hold of what is to be seen inside, before anything covers it.
func openShares(world arguments) ([]share, error) {
	var shares []share
	for i, path := range append(world.readOnly[:len(world.readOnly):len(world.readOnly)], world.writable...) {
		s := share{path: path, writable: i >= len(world.readOnly)}
		if link, err := os.Readlink(path); err == nil {
			s.link = link
			shares = append(shares, s)
			continue
		}
		var err error
		s.tree, err = unix.OpenTree(unix.AT_FDCWD, path, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_RECURSIVE)
		if err != nil {
			return nil, fmt.Errorf("open_tree %s: %w", path, err)
		}
		shares = append(shares, s)
	}
	return shares, nil
}

// placeShares puts them where they are outside, below the working directory, which is to become the root.
func placeShares(shares []share, folders []string) error {
	for _, folder := range folders {
		if err := os.MkdirAll("."+folder, 0o755); err != nil {
			return err
		}
	}
	for _, s := range shares {
		if s.link != "" {
			if err := os.Symlink(s.link, "."+s.path); err != nil {
				return err
			}
			continue
		}
		if err := os.MkdirAll("."+s.path, 0o755); err != nil {
			return err
		}
		if err := unix.MoveMount(s.tree, "", unix.AT_FDCWD, "."+s.path, unix.MOVE_MOUNT_F_EMPTY_PATH); err != nil {
			return fmt.Errorf("move_mount %s: %w", s.path, err)
		}
		closeAll([]int{s.tree})
		attributes := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV}
		if !s.writable {
			attributes.Attr_set |= unix.MOUNT_ATTR_RDONLY
		}
		if err := unix.MountSetattr(unix.AT_FDCWD, "."+s.path, unix.AT_RECURSIVE, &attributes); err != nil {
			return fmt.Errorf("mount_setattr %s: %w", s.path, err)
		}
	}
	return nil
}
