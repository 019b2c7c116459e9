package jsoncut

import "strconv"

// maxTail bounds half of what stays of the end of a long string, in bytes.
const maxTail = 256

// quote is the state of a string that is being read.
type quote struct {
	open    bool
	size    int    // bytes so far, as they are written
	escaped bool   // the byte before was a backslash
	digits  []byte // of a \\u escape, nil outside of one
	high    bool   // the character before was the first half of a surrogate pair
	inside  int    // bytes of the character so far

	cut     bool // what follows is kept as its end, if at all
	dropped bool // something is left out
	before  []byte
	last    []byte
}

func (q *quote) begin() {
	*q = quote{open: true, before: q.before[:0], last: q.last[:0]}
}

// step reads a byte and reports whether a character begins with it: a text may be cut
// there. What is not UTF-8 begins one at least every 12 bytes.
func (q *quote) step(b byte) (begins bool) {
	q.size++
	q.inside++
	switch {
	case q.escaped:
		q.escaped = false
		if b == 'u' {
			q.digits = make([]byte, 0, 4)
		}
		return false
	case q.digits != nil:
		if q.digits = append(q.digits, b); len(q.digits) == cap(q.digits) {
			code, err := strconv.ParseUint(string(q.digits), 16, 16)
			q.high, q.digits = err == nil && code >= 0xD800 && code < 0xDC00, nil
		}
		return false
	}
	begins = !q.high && b&0xC0 != 0x80 || q.inside > 12
	q.escaped, q.high = b == '\\', false
	if begins {
		q.inside = 1
	}
	return begins
}

// keep keeps a byte of the end of a long string, in two blocks that begin with a
// character each.
func (q *quote) keep(b byte, begins bool) {
	if begins && len(q.last) >= maxTail {
		q.dropped = q.dropped || len(q.before) > 0
		q.before, q.last = q.last, q.before[:0]
	}
	q.last = append(q.last, b)
}

// end returns the end of a long string, behind a mark where something is left out.
func (q *quote) end() []byte {
	if q.dropped {
		q.before = append([]byte(`\n[cut: `+strconv.Itoa(q.size)+` bytes in all]\n`), q.before...)
	}
	return append(q.before, q.last...)
}
