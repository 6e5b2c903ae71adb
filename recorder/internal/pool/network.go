package pool

import "golang.org/x/sys/unix"

// networks are the file systems whose other side is another machine, or another program:
// linux/magic.h, fs/smb/common/smb2pdu.h, fs/fuse/inode.c.
var networks = map[uint32]string{
	0x6969:     "NFS",
	0x517b:     "SMB",
	0xff534d42: "SMB",
	0xfe534d42: "SMB",
	0x01021997: "9P",
	0x00c36400: "Ceph",
	0x5346414f: "AFS",
	0x65735546: "FUSE",
}

// Network names the network file system that a folder is on; it is "" for one of this
// machine's own, and where nobody can tell.
func Network(dir string) string {
	var st unix.Statfs_t
	if unix.Statfs(dir, &st) != nil {
		return ""
	}
	return networks[uint32(st.Type)]
}
