package tagpdf

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
)

func u16(b []byte, at int) int { return int(binary.BigEndian.Uint16(b[at:])) }
func i16(b []byte, at int) int { return int(int16(binary.BigEndian.Uint16(b[at:]))) }
func u32(b []byte, at int) int { return int(binary.BigEndian.Uint32(b[at:])) }

// trueType is how a file with TrueType outlines begins.
const trueType = 0x00010000

var errFont = errors.New("it is no font file with TrueType outlines")

// mostTable is the largest table of a font, in bytes, that is unpacked.
const mostTable = 16 << 20

// sfntTables gives the tables of a TrueType file.
func sfntTables(data []byte) (map[string][]byte, error) {
	if len(data) < 12 || u32(data, 0) != trueType || len(data) < 12+16*u16(data, 4) {
		return nil, errFont
	}
	tables := map[string][]byte{}
	for i := range u16(data, 4) {
		entry := data[12+16*i:]
		at, size := u32(entry, 8), u32(entry, 12)
		if at+size > len(data) {
			return nil, fmt.Errorf("%w: its table %q reaches past its end", errFont, entry[:4])
		}
		tables[string(entry[:4])] = data[at : at+size]
	}
	return tables, nil
}

// unpackWOFF gives the TrueType file inside a WOFF file (W3C WOFF 1.0), or what
// it was given.
func unpackWOFF(data []byte) ([]byte, error) {
	if !bytes.HasPrefix(data, []byte("wOFF")) {
		return data, nil
	}
	if len(data) < 44 || len(data) < 44+20*u16(data, 12) || u32(data, 4) != trueType {
		return nil, errFont
	}
	tables := map[string][]byte{}
	for i := range u16(data, 12) {
		entry := data[44+20*i:]
		at, packed, size := u32(entry, 4), u32(entry, 8), u32(entry, 12)
		if at+packed > len(data) || size > mostTable || packed > size {
			return nil, errFont
		}
		table := data[at : at+packed]
		if packed < size {
			z, err := zlib.NewReader(bytes.NewReader(table))
			if err != nil {
				return nil, fmt.Errorf("%w: %w", errFont, err)
			}
			if table, err = io.ReadAll(io.LimitReader(z, int64(size)+1)); err != nil || len(table) != size {
				return nil, errFont
			}
		}
		tables[string(entry[:4])] = table
	}
	return sfntFile(tables), nil
}

// sfntFile writes tables as a TrueType file.
func sfntFile(tables map[string][]byte) []byte {
	names := slices.Sorted(maps.Keys(tables))
	power := 0
	for 2<<power <= len(names) {
		power++
	}
	size := 12 + 16*len(names)
	for _, table := range tables {
		size += len(table) + 3
	}
	out := binary.BigEndian.AppendUint32(make([]byte, 0, size), trueType)
	for _, v := range []int{len(names), 16 << power, power, 16*len(names) - 16<<power} {
		out = binary.BigEndian.AppendUint16(out, uint16(v))
	}
	at := 12 + 16*len(names)
	head := 0
	for _, name := range names {
		if name == "head" {
			head = at
		}
		out = append(out, name...)
		out = binary.BigEndian.AppendUint32(out, checksum(tables[name]))
		out = binary.BigEndian.AppendUint32(out, uint32(at))
		out = binary.BigEndian.AppendUint32(out, uint32(len(tables[name])))
		at += (len(tables[name]) + 3) &^ 3
	}
	for _, name := range names {
		out = append(out, tables[name]...)
		for len(out)%4 != 0 {
			out = append(out, 0)
		}
	}
	if head > 0 {
		binary.BigEndian.PutUint32(out[head+8:], 0)
		binary.BigEndian.PutUint32(out[head+8:], 0xB1B0AFBA-checksum(out))
	}
	return out
}

func checksum(b []byte) uint32 {
	var sum uint32
	for len(b) >= 4 {
		sum += binary.BigEndian.Uint32(b)
		b = b[4:]
	}
	if len(b) > 0 {
		var last [4]byte
		copy(last[:], b)
		sum += binary.BigEndian.Uint32(last[:])
	}
	return sum
}

// subset gives a font whose glyph i is glyph keep[i] of the face, without
// hints; parts of composite glyphs follow. keep[0] must be 0, the glyph of
// characters that are missing, which is never drawn; absent ones stay empty.
func (f *face) subset(keep []uint16) ([]byte, error) {
	list := slices.Clone(keep)
	now := make(map[uint16]int, len(list))
	for i, g := range list {
		if _, ok := now[g]; !ok {
			now[g] = i
		}
	}
	glyf, loca, hmtx := make([]byte, 0, 160*len(list)), make([]byte, 0, 5*len(list)), make([]byte, 0, 5*len(list))
	for i := 0; i < len(list); i++ {
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		if list[i] == absent {
			hmtx = append(hmtx, 0, 0, 0, 0)
			continue
		}
		outline, err := f.outline(int(list[i]))
		if err != nil {
			return nil, err
		}
		side := 0
		if len(outline) > 0 {
			side = i16(outline, 2)
			outline, err = withoutHints(outline, func(part uint16) uint16 {
				at, ok := now[part]
				if !ok {
					at = len(list)
					now[part] = at
					list = append(list, part)
				}
				return uint16(at)
			})
			if err != nil {
				return nil, err
			}
		}
		glyf = append(glyf, outline...)
		for len(glyf)%4 != 0 {
			glyf = append(glyf, 0)
		}
		hmtx = binary.BigEndian.AppendUint16(hmtx, f.advances[list[i]])
		hmtx = binary.BigEndian.AppendUint16(hmtx, uint16(int16(side)))
	}
	loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
	head, hhea, maxp := slices.Clone(f.tables["head"]), slices.Clone(f.tables["hhea"]), slices.Clone(f.tables["maxp"])
	binary.BigEndian.PutUint32(head[8:], 0)
	binary.BigEndian.PutUint16(head[50:], 1)
	binary.BigEndian.PutUint16(hhea[34:], uint16(len(list)))
	binary.BigEndian.PutUint16(maxp[4:], uint16(len(list)))
	if len(maxp) >= 32 { // what hints would need
		for _, at := range []int{16, 18, 20, 22, 24, 26} {
			binary.BigEndian.PutUint16(maxp[at:], 0)
		}
		binary.BigEndian.PutUint16(maxp[14:], 1)
	}
	return sfntFile(map[string][]byte{"head": head, "hhea": hhea, "maxp": maxp, "hmtx": hmtx, "loca": loca, "glyf": glyf}), nil
}

func (f *face) outline(glyph int) ([]byte, error) {
	loca, glyf := f.tables["loca"], f.tables["glyf"]
	var from, to int
	if f.long {
		from, to = u32(loca, 4*glyph), u32(loca, 4*glyph+4)
	} else {
		from, to = 2*u16(loca, 2*glyph), 2*u16(loca, 2*glyph+2)
	}
	if from > to || to > len(glyf) || to > from && to-from < 12 {
		return nil, fmt.Errorf("glyph %d of %s has no outline", glyph, f.name)
	}
	return glyf[from:to], nil
}

// withoutHints copies an outline without its instructions; number gives the new
// number of a composite's part.
func withoutHints(outline []byte, number func(uint16) uint16) (_ []byte, err error) {
	defer func() {
		if recover() != nil { // it ended early: only a damaged font does
			err = errors.New("a glyph's outline is cut short")
		}
	}()
	contours := i16(outline, 0)
	if contours < 0 {
		return composite(outline, number), nil
	}
	ends := 10 + 2*contours
	hints := u16(outline, ends)
	out := append(slices.Clone(outline[:ends]), 0, 0)
	points := outline[ends+2+hints:]
	if contours == 0 {
		return out, nil
	}
	return append(out, points[:pointsLength(points, u16(outline, ends-2)+1)]...), nil
}

// The flags of a composite's part.
const (
	wordArguments = 1 << 0
	oneScale      = 1 << 3
	moreParts     = 1 << 5
	twoScales     = 1 << 6
	matrix        = 1 << 7
	instructions  = 1 << 8
)

func composite(outline []byte, number func(uint16) uint16) []byte {
	out := slices.Clone(outline)
	for at := 10; ; {
		flags := u16(out, at)
		binary.BigEndian.PutUint16(out[at:], uint16(flags&^instructions))
		binary.BigEndian.PutUint16(out[at+2:], number(uint16(u16(out, at+2))))
		at += 6
		if flags&wordArguments != 0 {
			at += 2
		}
		switch {
		case flags&oneScale != 0:
			at += 2
		case flags&twoScales != 0:
			at += 4
		case flags&matrix != 0:
			at += 8
		}
		if flags&moreParts == 0 {
			return out[:at]
		}
	}
}

// pointsLength is how many bytes the flags and coordinates of points take; what
// follows is padding.
func pointsLength(b []byte, points int) int {
	at, xs, ys := 0, 0, 0
	for done := 0; done < points; {
		flag := b[at]
		at++
		times := 1
		if flag&8 != 0 {
			times += int(b[at])
			at++
		}
		done += times
		xs += times * coordinate(flag, 1, 4)
		ys += times * coordinate(flag, 2, 5)
	}
	return at + xs + ys
}

// coordinate is the size of one: a byte where it is short, none where it is the
// same as before.
func coordinate(flag byte, short, same int) int {
	switch {
	case flag>>short&1 != 0:
		return 1
	case flag>>same&1 != 0:
		return 0
	}
	return 2
}

// tag is the mark of a subset's name: six letters that follow from its bytes.
func tag(crc uint32) string {
	var out [6]byte
	for i := range out {
		out[i] = 'A' + byte(crc%26)
		crc /= 26
	}
	return string(out[:])
}
