// Package padding is the arithmetic of lengths: to what length a plaintext is
// padded, and how long the age payload is that seals it.
//
// It follows docs/formats.md section 3 (Padmé) and C2SP age's STREAM. It seals
// and opens nothing, so that the drop-box, which may not reach age, can tell
// whether a deposit is padded. Values are fixed by docs/vectors/padding.json.
package padding

import "math/bits"

const (
	nonceSize = 16
	chunkSize = 64 << 10
	tagSize   = 16
)

// Bucket is the plaintext length, in bytes, that something of n bytes is padded
// to: Padmé over max(n, least) (docs/formats.md section 3). n and least must be
// positive together: at least one of them above 1.
func Bucket(n, least int) int {
	n = max(n, least, 2)
	e := bits.Len(uint(n)) - 1
	s := bits.Len(uint(e))
	mask := 1<<(e-s) - 1
	return (n + mask) &^ mask
}

// PayloadLen is the number of bytes that follow the header of a sealed file with
// plain bytes of plaintext.
func PayloadLen(plain int) int {
	chunks := max(1, (plain+chunkSize-1)/chunkSize)
	return nonceSize + plain + chunks*tagSize
}

// PlainLen is the plaintext length that a payload of that many bytes holds; ok is
// false for a length that no payload has.
func PlainLen(payload int) (plain int, ok bool) {
	rest := payload - nonceSize
	chunks := max(1, (rest+chunkSize+tagSize-1)/(chunkSize+tagSize))
	plain = rest - chunks*tagSize
	return plain, plain >= 0 && PayloadLen(plain) == payload
}
