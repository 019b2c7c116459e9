package openaimodel

import (
	"fmt"
	"io"
	"strings"

	"aitrader/internal/jsoncut"
)

// The bounds of what a provider sends, in bytes unless they say otherwise. Forty models
// that answer with millions of bytes, all at the same time, fit into a small machine.
const (
	// maxAnswer bounds what is read of an answer.
	maxAnswer = 8 << 20
	// maxWholeAnswer bounds an answer that is kept byte for byte. It is several times the
	// longest answer that models give. Of a larger one, at most maxKept stays.
	maxWholeAnswer = 1 << 20
	maxKept        = 256 << 10
	// maxKeptText bounds a text in a larger answer.
	maxKeptText = 128 << 10
	// maxKeptMembers bounds the members of an object and the elements of a list in it.
	maxKeptMembers = 1000
	// maxKeptDepth bounds the depth of its objects and lists.
	maxKeptDepth = 100
	// maxChoices bounds the choices of an answer that are read.
	maxChoices = 16
	// maxErrorBody bounds what is read of a refusal.
	maxErrorBody = 64 << 10
)

// readBody reads an answer, and cuts a huge one. The error is [jsoncut.ErrTooLarge] or one
// of the connection.
func (x *exchange) readBody(body io.Reader) (text []byte, err error) {
	text, x.cut, err = jsoncut.Read(body, jsoncut.Limits{
		MaxRead: maxAnswer, MaxWhole: maxWholeAnswer, MaxString: maxKeptText, MaxMembers: maxKeptMembers, MaxDepth: maxKeptDepth,
		MaxKept: maxKept,
	})
	return text, err
}

// marked returns the content of an answer, with a mark where something was left out that
// has none.
func (x *exchange) marked(content string) string {
	if x.cut == 0 || strings.Contains(content, "[cut: ") {
		return content
	}
	return content + fmt.Sprintf("\n[cut: the answer had %d bytes]", x.cut)
}
