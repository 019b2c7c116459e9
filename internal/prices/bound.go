package prices

import (
	"fmt"
	"io"
)

// The bounds of a file. Files of vendors stay far below; beyond them the work and the
// memory that a file costs would no longer be in proportion to its prices.
const (
	// maxBytes bounds the unpacked size: 1 GiB is some twenty million rows.
	maxBytes = 1 << 30
	// maxUnpacking bounds the unpacked bytes for each packed one, beyond the first
	// freelyUnpacked. Prices pack to a fourth to a twentieth.
	maxUnpacking   = 100
	freelyUnpacked = 16 << 20
	// maxRecord bounds a row of a table, and a name or a value in JSON, in bytes.
	maxRecord = 256 << 10
	// maxName bounds a name in JSON, in bytes.
	maxName = 1 << 10
	// maxNames bounds the columns of a table.
	maxNames = 1000
	// maxMembers bounds the members of an object in JSON: a series has one for each day.
	maxMembers = 100_000
	// maxIgnored bounds the unknown columns that a warning lists.
	maxIgnored = 100
	// maxWord bounds the kind of a dividend, in bytes, and maxWords those that are kept
	// once only.
	maxWord  = 40
	maxWords = 1000
	// maxSymbols bounds the symbols of a file: all stocks of the world.
	maxSymbols = 200_000
	// maxRows bounds the rows of a file, which take some 350 bytes of memory each while
	// it is read: 500 stocks for 40 years, or all stocks of the US for two and a half.
	maxRows = 5_000_000
)

// errTooLarge is the error of a file that is beyond a bound, and says which.
type errTooLarge string

func (e errTooLarge) Error() string { return string(e) }

var (
	errUnpacked = errTooLarge(fmt.Sprintf("the file unpacks to more than 1 GiB, or to more than %d times its size; split it", maxUnpacking))
	errRecord   = errTooLarge(fmt.Sprintf("a row or a value is longer than %d KiB; is a quotation mark left open?", maxRecord>>10))
	errSymbols  = errTooLarge(fmt.Sprintf("the file has more than %d symbols; split it", maxSymbols))
	errRows     = errTooLarge(fmt.Sprintf("the file has more than %d rows; split it", maxRows))
)

// unpacked passes on the bytes of an archive, or of a file that is none, within the
// bounds of its size.
type unpacked struct {
	r     io.Reader
	read  int64
	limit int64
	// packed counts the bytes of the archive; nil: the file is none.
	packed *counted
}

func (u *unpacked) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	u.read += int64(n)
	if u.read > u.limit || u.packed != nil && u.read > freelyUnpacked+maxUnpacking*u.packed.n {
		return 0, errUnpacked
	}
	return n, err
}

// counted counts the bytes that are read.
type counted struct {
	r io.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// records passes bytes on as long as the reader of records takes them in pieces: it calls
// taken after each record, with the offset of its end.
type records struct {
	r         io.Reader
	read, end int64
}

func (b *records) taken(end int64) { b.end = max(b.end, end) }

func (b *records) Read(p []byte) (int, error) {
	left := maxRecord - (b.read - b.end)
	if left <= 0 {
		return 0, errRecord
	}
	n, err := b.r.Read(p[:min(int64(len(p)), left)])
	b.read += int64(n)
	return n, err
}
