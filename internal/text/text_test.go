package text_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"aitrader/internal/text"
)

func TestClip(t *testing.T) {
	for _, c := range []struct {
		s        string
		maxBytes int
		want     string
	}{
		{"", 0, ""}, {"abc", 3, "abc"}, {"abcd", 3, "abc..."}, {"abc", 0, "..."}, {"abc", -1, "..."},
		{"aé", 2, "a..."}, {"aé", 3, "aé"}, {"日本", 4, "日..."}, {"日本", 2, "..."}, {"a\xff", 10, "a\uFFFD"},
	} {
		assert.Equal(t, c.want, text.Clip(c.s, c.maxBytes), "%q in %d bytes", c.s, c.maxBytes)
	}
}

func TestAClippedTextIsAValidPrefix(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOf(rapid.Byte()).Draw(t, "s"))
		maxBytes := rapid.IntRange(0, 40).Draw(t, "max")
		got := text.ClipWith(s, maxBytes, "")
		assert.True(t, utf8.ValidString(got))
		assert.LessOrEqual(t, len(got), maxBytes)
		assert.True(t, strings.HasPrefix(strings.ToValidUTF8(s, "\uFFFD"), got))
	})
}

func TestQuote(t *testing.T) {
	assert.Equal(t, `"a\nb"`, text.Quote("a\nb", 10))
	assert.Equal(t, `"aaa..."`, text.Quote("aaaa", 3))
}
