package seal

import "despatch/internal/padding"

// Bucket is padding.Bucket, for those who seal.
func Bucket(n, least int) int { return padding.Bucket(n, least) }

// PayloadLen is padding.PayloadLen, for those who seal.
func PayloadLen(plain int) int { return padding.PayloadLen(plain) }

// PlainLen is padding.PlainLen, for those who seal.
func PlainLen(payload int) (plain int, ok bool) { return padding.PlainLen(payload) }
