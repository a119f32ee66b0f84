package intake

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"despatch/dropbox/store"
	"despatch/internal/refusal"
)

const (
	piecePrefix = "piece/" // <aa>/<deposit>/<account>.<number>/<offset>
	// pieceSize is the largest piece of a deposit, leastPiece the smallest that is
	// kept unless it is the last: the first bounds memory, both the number of objects.
	pieceSize, leastPiece = 8 << 20, 256 << 10
)

// Piece is one object of a deposit that came in pieces.
type Piece struct {
	Offset, Size int64
	Hash         string
}

// Manifest is what stands under a deposit's name when it came in pieces: where they
// are, in order. It is written once all of them were read back.
type Manifest struct {
	Deposit string
	Size    int64
	Under   string // <account>.<number>
	Pieces  []Piece
}

const manifestWord = "despatch-pieces"

func isManifest(data []byte) bool { return bytes.HasPrefix(data, []byte(manifestWord+" ")) }

// Key is where a piece is in the store.
func (m *Manifest) Key(p Piece) string { return pieceKey(m.Deposit, m.Under, p.Offset) }

func pieceFolder(deposit, under string) string {
	return piecePrefix + deposit[:2] + "/" + deposit + "/" + under + "/"
}

func pieceKey(deposit, under string, offset int64) string {
	return store.Numbered(pieceFolder(deposit, under), offset)
}

// format writes a manifest (docs/formats.md section 27).
func (m *Manifest) format() []byte {
	b := fmt.Appendf(nil, "%s 1\ndeposit %s\nsize %d\nunder %s\n", manifestWord, m.Deposit, m.Size, m.Under)
	for _, p := range m.Pieces {
		b = fmt.Appendf(b, "piece %d %s\n", p.Size, p.Hash)
	}
	return b
}

// ParseManifest reads a manifest.
func ParseManifest(text []byte) (*Manifest, error) {
	lines := strings.Split(string(text), "\n")
	if err := refusal.CheckFormat(lines[0], manifestWord, "the manifest of a deposit"); err != nil {
		return nil, err
	}
	bad := refusal.Malformed.Errorf("the manifest of a deposit is not as it was written")
	if len(lines) < 6 {
		return nil, bad
	}
	m := &Manifest{}
	var total int64
	for i, line := range lines[1 : len(lines)-1] {
		word, rest, _ := strings.Cut(line, " ")
		switch {
		case i == 0 && word == "deposit" && hex64.MatchString(rest):
			m.Deposit = rest
		case i == 1 && word == "size":
			m.Size, _ = strconv.ParseInt(rest, 10, 64)
		case i == 2 && word == "under":
			account, number, _ := strings.Cut(rest, ".")
			if n, err := strconv.Atoi(number); err != nil || !hex32.MatchString(account) || rest != under(account, n) || n < 1 {
				return nil, bad
			}
			m.Under = rest
		case i > 2 && word == "piece":
			size, hash, _ := strings.Cut(rest, " ")
			n, err := strconv.ParseInt(size, 10, 64)
			if err != nil || n < 1 || n > pieceSize || !hex64.MatchString(hash) {
				return nil, bad
			}
			m.Pieces = append(m.Pieces, Piece{total, n, hash})
			total += n
		default:
			return nil, bad
		}
	}
	if total != m.Size || !bytes.Equal(m.format(), text) {
		return nil, bad
	}
	return m, nil
}

// under is where the pieces of an account's upload of a number are.
func under(account string, number int) string { return fmt.Sprintf("%s.%03d", account, number) }

// Sealed is a deposit as it was sent. It holds one piece of it at a time.
type Sealed struct {
	Size int64
	// Loading is called before each piece is read, or nil.
	Loading func()

	ctx   context.Context
	store store.Store
	m     *Manifest // nil when the deposit came whole
	held  Piece
	data  []byte // of held
	pos   int64
}

// Open opens a deposit, or gives store.ErrMissing.
func (in *Intake) Open(ctx context.Context, deposit string) (*Sealed, error) {
	if !hex64.MatchString(deposit) {
		return nil, store.ErrMissing
	}
	return open(ctx, in.Store, deposit)
}

func open(ctx context.Context, s store.Store, deposit string) (*Sealed, error) {
	data, err := s.Get(ctx, blobKey(deposit))
	if err != nil {
		return nil, err
	}
	f := &Sealed{ctx: ctx, store: s, Size: int64(len(data)), data: data, held: Piece{Size: int64(len(data))}}
	if !isManifest(data) {
		return f, nil
	}
	if f.m, err = ParseManifest(data); err == nil && f.m.Deposit != deposit {
		err = refusal.Mismatch.Errorf("the manifest is of deposit %s", f.m.Deposit)
	}
	if err != nil {
		return nil, fmt.Errorf("deposit %s: %w", deposit, errors.Join(errPieces, err))
	}
	f.Size, f.data, f.held = f.m.Size, nil, Piece{}
	return f, nil
}

// errPieces says that what the store gives is not what was put together.
var errPieces = errors.New("the pieces of a deposit are not those that were taken")

// Read is io.Reader's. What it gives is what was taken, or an error.
func (f *Sealed) Read(b []byte) (int, error) {
	if f.pos >= f.Size {
		return 0, io.EOF
	}
	if f.pos < f.held.Offset || f.pos >= f.held.Offset+f.held.Size {
		if err := f.load(); err != nil {
			return 0, err
		}
	}
	n := copy(b, f.data[f.pos-f.held.Offset:])
	f.pos += int64(n)
	return n, nil
}

// load reads the piece in which the next byte is.
func (f *Sealed) load() error {
	i, found := slices.BinarySearchFunc(f.m.Pieces, f.pos, func(p Piece, pos int64) int { return cmp.Compare(p.Offset, pos) })
	if !found {
		i--
	}
	if f.Loading != nil {
		f.Loading()
	}
	p := f.m.Pieces[i]
	f.held, f.data = Piece{}, nil
	data, err := f.store.Get(f.ctx, f.m.Key(p))
	switch {
	case errors.Is(err, store.ErrMissing):
		return fmt.Errorf("%w: the piece at %d is not in the store", errPieces, p.Offset)
	case err != nil:
		return err
	case int64(len(data)) != p.Size || hashOf(data) != p.Hash:
		return fmt.Errorf("%w: the piece at %d has other bytes", errPieces, p.Offset)
	}
	f.held, f.data = p, data
	return nil
}

// Seek is io.Seeker's.
func (f *Sealed) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += f.pos
	case io.SeekEnd:
		offset += f.Size
	}
	if offset < 0 {
		return 0, errors.New("seek before the beginning of a deposit")
	}
	f.pos = offset
	return offset, nil
}

// check reads a deposit whole and compares.
func (f *Sealed) check(deposit string) error {
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return err
	}
	if hex.EncodeToString(hash.Sum(nil)) != deposit {
		return fmt.Errorf("%w: deposit %s", errBytes, deposit)
	}
	return nil
}

var errBytes = errors.New("the store gives other bytes back than it took")

// glance looks whether a deposit of the log is there: the bytes of one that came
// whole, the presence and sizes of the pieces of another. Check reads them all.
func glance(ctx context.Context, s store.Store, deposit string) error {
	f, err := open(ctx, s, deposit)
	if err != nil {
		return fmt.Errorf("a deposit of the log is not in the store: %w", err)
	}
	if f.m == nil {
		return f.check(deposit)
	}
	there, err := list(ctx, s, pieceFolder(deposit, f.m.Under))
	if err != nil {
		return err
	}
	for _, p := range f.m.Pieces {
		if there[p.Offset] != p.Size {
			return fmt.Errorf("deposit %s of the log: %w: the piece at %d is missing or cut", deposit, errPieces, p.Offset)
		}
	}
	return nil
}

// list gives the sizes of the pieces in a folder by their offsets.
func list(ctx context.Context, s store.Store, folder string) (map[int64]int64, error) {
	there := map[int64]int64{}
	for e, err := range s.List(ctx, folder) {
		if err != nil {
			return nil, err
		}
		offset, err := store.Number(e.Key)
		if err != nil {
			return nil, fmt.Errorf("%s is no piece's key", e.Key)
		}
		there[offset] = e.Size
	}
	return there, nil
}
