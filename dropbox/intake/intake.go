// Package intake takes deposits in: it checks what can be checked of a sealed
// file, stores it, has it logged and gives the receipt.
//
// It follows docs/formats.md sections 18 to 21. It cannot open what it takes and
// does not reach age: a header is read by a small parser of its own, which accepts
// what age writes (TestHeadersThatAgeWrites) and is held to
// docs/vectors/deposit-header.json.
package intake
