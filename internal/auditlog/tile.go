package auditlog

import (
	"encoding/binary"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"despatch/internal/refusal"
)

// TileHeight is the height of every tile, and TileWidth the hashes of a full one.
const (
	TileHeight = 8
	TileWidth  = 1 << TileHeight
)

// Tile is a place of C2SP tlog-tiles. Level -1 holds entries instead of hashes.
type Tile struct {
	Level int
	N     int64
	Width int // 1 to TileWidth; less is a partial tile
}

const (
	entriesPath = "tile/entries/"
	dataPath    = "tile/8/data/" // the same in tlog's words
)

// tlog gives the tile in tlog's words.
func (t Tile) tlog() tlog.Tile { return tlog.Tile{H: TileHeight, L: t.Level, N: t.N, W: t.Width} }

// Path is the tile's address below the log's prefix.
func (t Tile) Path() string {
	p := t.tlog().Path()
	if rest, ok := strings.CutPrefix(p, dataPath); ok {
		return entriesPath + rest
	}
	return "tile/" + strings.TrimPrefix(p, "tile/8/")
}

// ParseTilePath reads what Path writes.
func ParseTilePath(path string) (Tile, error) {
	inner := strings.Replace(path, "tile/", "tile/8/", 1)
	if rest, ok := strings.CutPrefix(path, entriesPath); ok {
		inner = dataPath + rest
	}
	parsed, err := tlog.ParseTilePath(inner)
	t := Tile{Level: parsed.L, N: parsed.N, Width: parsed.W}
	if err != nil || t.Path() != path || t.Level > 63/TileHeight {
		return Tile{}, refusal.Malformed.Errorf("%.80q is no tile of a log", path)
	}
	return t, nil
}

// FormatEntries writes entries as C2SP's entry bundles do.
func FormatEntries(leaves []Leaf) []byte {
	var b []byte
	for _, l := range leaves {
		e := l.Entry()
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(e))), e...)
	}
	return b
}
