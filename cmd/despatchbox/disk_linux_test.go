package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"testing"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// sector is what a disk writes whole or not at all.
const sector = 4096

// disk is a block device that remembers, as dm-log-writes does: each write of the
// file system on it, and each flush between them. It is a file of a file system in
// user space that a loop device is put over, since not every kernel has device-mapper:
// the file system, the block layer and their order of writes are the kernel's own.
type disk struct {
	fs.Inode

	mu     sync.Mutex
	size   int64
	blocks map[int64][]byte // guarded by mu; a block is never changed, another takes its place
	keeps  bool             // guarded by mu
	did    []change         // guarded by mu; as long as keeps
}

// A change is a write, or a flush, which has no data.
type change struct {
	at   int64
	data []byte
}

func (c change) flush() bool { return c.data == nil }

// Open has the kernel hold nothing of the file back.
func (d *disk) Open(context.Context, uint32) (fs.FileHandle, uint32, syscall.Errno) {
	return nil, fuse.FOPEN_DIRECT_IO, 0
}

// Getattr tells the size, which is all that a loop device asks for.
func (d *disk) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	out.Mode, out.Size = syscall.S_IFREG|0o600, uint64(d.size)
	return 0
}

func (d *disk) Read(_ context.Context, _ fs.FileHandle, out []byte, at int64) (fuse.ReadResult, syscall.Errno) {
	d.mu.Lock()
	defer d.mu.Unlock()
	out = out[:max(0, min(int64(len(out)), d.size-at))]
	for n := 0; n < len(out); {
		from := (at + int64(n)) % sector
		part := out[n:min(len(out), n+int(sector-from))]
		clear(part)
		if b := d.blocks[(at+int64(n))/sector]; b != nil {
			copy(part, b[from:])
		}
		n += len(part)
	}
	return fuse.ReadResultData(out), 0
}

func (d *disk) Write(_ context.Context, _ fs.FileHandle, data []byte, at int64) (uint32, syscall.Errno) {
	data = append([]byte(nil), data...) // the buffer is the kernel's
	d.mu.Lock()
	defer d.mu.Unlock()
	d.put(at, data)
	if d.keeps {
		d.did = append(d.did, change{at, data})
	}
	return uint32(len(data)), 0
}

// put changes blocks; mu is held.
func (d *disk) put(at int64, data []byte) {
	for len(data) > 0 {
		from := at % sector
		part := data[:min(int64(len(data)), sector-from)]
		block := part
		if len(part) < sector {
			block = make([]byte, sector)
			copy(block, d.blocks[at/sector])
			copy(block[from:], part)
		}
		d.blocks[at/sector] = block
		at, data = at+int64(len(part)), data[len(part):]
	}
}

// Fsync is what a flush of the loop device becomes.
func (d *disk) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.keeps {
		d.did = append(d.did, change{})
	}
	return 0
}

// remember begins to remember, and gives what is there by then.
func (d *disk) remember() map[int64][]byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.keeps, d.did = true, nil
	return maps.Clone(d.blocks)
}

// now is how many changes there were.
func (d *disk) now() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.did)
}

// after makes the disks that a power cut may leave. Durable is what was written
// before the last flush; of what was written since any part may be there.
type after struct {
	size    int64
	durable map[int64][]byte
	did     []change
	at      int // durable holds all before it; did[at-1] is a flush
}

// cut is the disk after a power cut that came before did[k]; k only grows.
func (a *after) cut(k int, luck *rand.Rand) *disk {
	last := a.at
	for i := a.at; i < k; i++ {
		if a.did[i].flush() {
			last = i + 1
		}
	}
	d := &disk{size: a.size, blocks: a.durable}
	for _, c := range a.did[a.at:last] {
		d.put(c.at, c.data)
	}
	a.at, d.blocks = last, maps.Clone(a.durable)
	kept := [...]float64{0, 0.1, 0.5, 0.9, 1}[luck.IntN(5)]
	for _, c := range a.did[last:k] {
		if luck.Float64() >= kept {
			continue
		}
		if luck.IntN(4) == 0 { // torn: the power went in its midst
			c.data = c.data[:luck.IntN(len(c.data)/sector+1)*sector]
		}
		d.put(c.at, c.data)
	}
	return d
}

// diskOf is a disk with what is in a file.
func diskOf(t *testing.T, image string) *disk {
	t.Helper()
	f, err := os.Open(image)
	must(t, err)
	defer f.Close()
	info, err := f.Stat()
	must(t, err)
	d := &disk{size: info.Size(), blocks: map[int64][]byte{}}
	for at := int64(0); ; { // holes are left out
		at, err = f.Seek(at, unix.SEEK_DATA)
		if errors.Is(err, unix.ENXIO) {
			return d
		}
		must(t, err)
		end, err := f.Seek(at, unix.SEEK_HOLE)
		must(t, err)
		data := make([]byte, end-at)
		_, err = f.ReadAt(data, at)
		must(t, err)
		d.put(at, data)
		at = end
	}
}

// holder is the file system in user space in which the disk is the only file.
type holder struct {
	fs.Inode
	disk *disk
}

// OnAdd puts the disk into it.
func (h *holder) OnAdd(ctx context.Context) {
	h.AddChild("disk", h.NewPersistentInode(ctx, h.disk, fs.StableAttr{Mode: syscall.S_IFREG}), false)
}

// serve shows the disk as a file in a folder.
func (d *disk) serve(folder string) (*fuse.Server, error) {
	return fs.Mount(folder, &holder{disk: d}, &fs.Options{MountOptions: fuse.MountOptions{
		DirectMountStrict: true, FsName: "despatch-test-disk", MaxWrite: 512 << 10,
	}})
}

// mount puts the disk under a loop device and mounts the file system that is on it.
// An error is the file system's; it can be unmounted more than once.
func (d *disk) mount(t *testing.T, kind, dir string) (unmount func(), err error) {
	t.Helper()
	under := t.TempDir()
	server, err := d.serve(under)
	must(t, err)
	device, err := loop(filepath.Join(under, "disk"))
	must(t, err)
	options := "errors=remount-ro"
	if kind != "ext4" {
		options = ""
	}
	failed := unix.Mount(device.Name(), dir, kind, unix.MS_NOATIME, options)
	cache, err := os.ReadFile("/sys/block/" + filepath.Base(device.Name()) + "/queue/write_cache")
	if err != nil || string(cache) != "write back\n" {
		t.Errorf("%s would not be told to flush: %q %v", device.Name(), cache, err)
	}
	must(t, device.Close())
	unmount = sync.OnceFunc(func() {
		if failed == nil {
			must(t, unix.Unmount(dir, unix.MNT_DETACH))
		}
		for server.Unmount() != nil { // the loop device is on its way out
			runtime.Gosched()
		}
	})
	t.Cleanup(unmount)
	return unmount, failed
}

// formatted is a disk with a new file system.
func formatted(t *testing.T, kind string, size int64) *disk {
	t.Helper()
	image := filepath.Join(t.TempDir(), "image")
	must(t, os.WriteFile(image, nil, 0o600))
	must(t, os.Truncate(image, size))
	command := map[string][]string{
		"ext4":  {"mkfs.ext4", "-q", "-F", "-b", "4096", "-E", "lazy_itable_init=0,lazy_journal_init=0"},
		"xfs":   {"mkfs.xfs", "-q", "-f", "-s", "size=4096"},
		"btrfs": {"mkfs.btrfs", "-q", "-f"},
	}[kind]
	if out, err := exec.Command(command[0], append(command[1:], image)...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command[0], err, out)
	}
	return diskOf(t, image)
}

// loop puts a loop device over a file; it goes when nobody has it open.
func loop(file string) (*os.File, error) {
	control, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer control.Close()
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for range 100 {
		n, err := unix.IoctlRetInt(int(control.Fd()), unix.LOOP_CTL_GET_FREE)
		if err != nil {
			return nil, fmt.Errorf("find a free loop device: %w", err)
		}
		device, err := os.OpenFile(fmt.Sprintf("/dev/loop%d", n), os.O_RDWR, 0)
		if err != nil {
			return nil, err
		}
		err = unix.IoctlLoopConfigure(int(device.Fd()), &unix.LoopConfig{
			Fd: uint32(f.Fd()), Size: sector, Info: unix.LoopInfo64{Flags: unix.LO_FLAGS_AUTOCLEAR},
		})
		if err == nil {
			return device, nil
		}
		device.Close()
		if !errors.Is(err, unix.EBUSY) { // another was faster
			return nil, fmt.Errorf("set up %s: %w", device.Name(), err)
		}
	}
	return nil, errors.New("no loop device is free")
}
