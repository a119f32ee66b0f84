package bag

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"time"
)

// The limits of one archive: those of a zip without its later extensions, which
// every system's own tools open.
const (
	mostFiles = 1<<16 - 2
	mostBytes = 1<<32 - 2
)

const (
	localMark   = 0x04034b50
	centralMark = 0x02014b50
	endMark     = 0x06054b50

	zipVersion = 10     // stored files
	zipUTF8    = 0x0800 // names are UTF-8
	// Made as on Unix: elsewhere unzip takes names for those of an old code page.
	zipUnix = 3 << 8
	zipMode = 0o100644
)

// A zipWriter writes the one form of a zip that archives have: stored files, one
// time, no extra fields and no comments (APPNOTE.TXT 4.3).
type zipWriter struct {
	w         io.Writer
	at        int64
	stamp     uint32 // MS-DOS time and date
	directory []byte
	files     int
}

func newZipWriter(w io.Writer, modified time.Time) *zipWriter {
	return &zipWriter{w: w, stamp: dosTime(modified)}
}

// dosTime is a time as a zip has it: to two seconds, 1980 to 2107, here UTC.
func dosTime(t time.Time) uint32 {
	t = t.UTC()
	if t.Year() < 1980 {
		t = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	day := uint32(t.Year()-1980)<<9 | uint32(t.Month())<<5 | uint32(t.Day())
	return day<<16 | uint32(t.Hour())<<11 | uint32(t.Minute())<<5 | uint32(t.Second()/2)
}

func (z *zipWriter) file(name string, data []byte) error {
	if z.files >= mostFiles || z.at+int64(len(data))+int64(len(z.directory)) > mostBytes {
		return fmt.Errorf("the archive is larger than a zip can be")
	}
	crc, size, le := crc32.ChecksumIEEE(data), uint32(len(data)), binary.LittleEndian
	// What the local header and the directory say alike.
	common := le.AppendUint16(nil, zipVersion)
	common = le.AppendUint16(common, zipUTF8)
	common = le.AppendUint16(common, 0) // stored
	common = le.AppendUint32(common, z.stamp)
	common = le.AppendUint32(common, crc)
	common = le.AppendUint32(common, size)
	common = le.AppendUint32(common, size)
	common = le.AppendUint16(common, uint16(len(name)))
	common = le.AppendUint16(common, 0) // no extra field

	z.directory = le.AppendUint32(z.directory, centralMark)
	z.directory = le.AppendUint16(z.directory, zipUnix|zipVersion)
	z.directory = append(z.directory, common...)
	z.directory = append(z.directory, make([]byte, 6)...) // no comment, disk 0
	z.directory = le.AppendUint32(z.directory, zipMode<<16)
	z.directory = le.AppendUint32(z.directory, uint32(z.at))
	z.directory = append(z.directory, name...)
	z.files++

	local := le.AppendUint32(nil, localMark)
	local = append(append(local, common...), name...)
	if err := z.write(local); err != nil {
		return err
	}
	return z.write(data)
}

func (z *zipWriter) close() error {
	le, start, size := binary.LittleEndian, uint32(z.at), uint32(len(z.directory))
	end := le.AppendUint32(z.directory, endMark)
	end = le.AppendUint32(end, 0) // disks
	end = le.AppendUint16(end, uint16(z.files))
	end = le.AppendUint16(end, uint16(z.files))
	end = le.AppendUint32(end, size)
	end = le.AppendUint32(end, start)
	return z.write(le.AppendUint16(end, 0)) // no comment
}

func (z *zipWriter) write(data []byte) error {
	n, err := z.w.Write(data)
	z.at += int64(n)
	return err
}
