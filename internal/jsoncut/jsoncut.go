// Package jsoncut reads JSON from outside in bounded memory. A text of ordinary size is
// returned as it is, byte for byte. A larger one is cut while it is read: long strings
// are shortened, and what is too much or too deep is left out. The result is JSON where
// the text was.
package jsoncut

import (
	"errors"
	"io"
)

// Limits bound a text. All sizes are in bytes.
type Limits struct {
	// MaxRead bounds what is read. A longer text is [ErrTooLarge].
	MaxRead int
	// MaxWhole bounds the text that is returned as it is. The other limits apply to
	// larger ones.
	MaxWhole int
	// MaxString bounds a string, as it is written. Its last bytes stay, behind a mark.
	MaxString int
	// MaxMembers bounds the members of an object, and the elements of a list.
	MaxMembers int
	// MaxDepth bounds the depth of objects and lists. Deeper ones become null.
	MaxDepth int
	// MaxKept bounds what the outermost object or list keeps of its members, but for
	// one string. After that it keeps short ones, up to 64 KiB together. A text that is
	// not JSON is cut off at twice the sum.
	MaxKept int
}

// ErrTooLarge is the error of a text that has more than MaxRead bytes.
var ErrTooLarge = errors.New("the text is too large")

const (
	chunk = 32 << 10
	// maxBare bounds a number, and any other text that is neither string nor bracket.
	maxBare = 500
	// maxRest bounds the members that follow MaxKept, and what stands outside of any
	// object or list.
	maxRest = 64 << 10
	// maxLastString bounds a string beyond MaxKept.
	maxLastString = 64
)

// Read reads a text to its end. Cut is 0 for a text that is returned as it is, and
// otherwise the size of the whole text. The error is ErrTooLarge or one of the reader.
func Read(r io.Reader, l Limits) (text []byte, cut int, err error) {
	var c *cutter
	part, size := make([]byte, chunk), 0
	for err == nil {
		var n int
		n, err = r.Read(part)
		size += n
		switch {
		case size > l.MaxRead:
			return nil, size, ErrTooLarge
		case c != nil:
			c.write(part[:n])
		case size > l.MaxWhole:
			c = &cutter{Limits: l, out: make([]byte, 0, chunk)}
			c.write(text)
			c.write(part[:n])
			text = nil
		default:
			text = append(text, part[:n]...)
		}
	}
	switch {
	case !errors.Is(err, io.EOF):
		return nil, size, err
	case c != nil:
		return c.out, size, nil
	}
	return text, 0, nil
}

// cutter shortens a text that comes in parts. It does not check whether it is JSON:
// what is not stays what it is.
type cutter struct {
	Limits
	out    []byte
	open   []level // the objects and lists that are being read, as far as they are shown
	hidden int     // how many are open inside of them that are left out
	bare   int     // bytes since the last bracket, comma, colon or string
	quote  quote   // the string that is being read
}

// level is an object or a list that is part of the result.
type level struct {
	members int  // read so far
	done    bool // its further members are left out
}

func (c *cutter) write(part []byte) {
	for _, b := range part {
		switch {
		case c.quote.open:
			c.inString(b)
		case len(c.open) == 0 && b != '{' && b != '[':
			if len(c.out) < maxRest {
				c.keep(b)
			}
		default:
			c.inside(b)
		}
	}
}

// keep adds to the result.
func (c *cutter) keep(b ...byte) {
	if len(c.out) < 2*(c.MaxKept+c.MaxString+maxRest) {
		c.out = append(c.out, b...)
	}
}

// inside reads a byte of an object or a list that is not in a string.
func (c *cutter) inside(b byte) {
	switch b {
	case ' ', '\t', '\r', '\n':
		return
	case '{', '[':
		c.begin(b)
		return
	case '}', ']':
		c.end(b)
		return
	case ',':
		c.next()
	case '"':
		c.quote.begin()
	}
	if b == ',' || b == ':' || b == '"' {
		c.bare = 0
	} else {
		c.bare++
	}
	if c.visible() && c.bare <= maxBare {
		c.keep(b)
	}
}

// begin reads an opening bracket.
func (c *cutter) begin(b byte) {
	c.bare = 0
	switch {
	case !c.visible():
		c.hidden++
	case len(c.open) >= c.MaxDepth:
		c.keep([]byte("null")...)
		c.hidden++
	default:
		c.keep(b)
		c.open = append(c.open, level{})
	}
}

// end reads a closing bracket.
func (c *cutter) end(b byte) {
	c.bare = 0
	if c.hidden > 0 {
		c.hidden--
		return
	}
	c.open = c.open[:len(c.open)-1]
	c.keep(b)
}

// next reads the comma before another member.
func (c *cutter) next() {
	if c.hidden > 0 {
		return
	}
	top := &c.open[len(c.open)-1]
	top.members++
	outermost := len(c.open) == 1 && len(c.out) < c.MaxKept+c.MaxString+maxRest
	if top.members >= c.MaxMembers || len(c.out) >= c.MaxKept && !outermost {
		top.done = true
	}
}

// visible reports whether what comes next is part of the result.
func (c *cutter) visible() bool {
	return c.hidden == 0 && (len(c.open) == 0 || !c.open[len(c.open)-1].done)
}

// inString reads a byte of a string, whose opening quote has been read.
func (c *cutter) inString(b byte) {
	q := &c.quote
	if b == '"' && !q.escaped {
		q.open = false
		if c.visible() {
			c.keep(q.end()...)
			c.keep(b)
		}
		return
	}
	begins := q.step(b)
	if !c.visible() {
		return
	}
	limit := c.MaxString
	if len(c.out) >= c.MaxKept {
		limit = maxLastString
	}
	if q.cut = q.cut || q.size > limit && begins; q.cut {
		q.keep(b, begins)
		return
	}
	c.keep(b)
}
