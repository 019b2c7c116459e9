package netaddr

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestOnlyALoopbackAddressOrLocalhostIsThisMachine(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"127.0.0.1", "127.8.8.8", "127.0.0.1:8080", "::1", "[::1]", "[::1]:8080", "::ffff:127.0.0.1",
	} {
		assert.True(t, IsLoopback(address), address)
		assert.True(t, IsLocalhost(address), address)
	}
	for _, name := range []string{"localhost", "LocalHost", "localhost:8080"} {
		assert.True(t, IsLocalhost(name), name)
		assert.False(t, IsLoopback(name), "%s is a name", name)
	}
	for _, other := range []string{
		"", ":8080", "0.0.0.0", "10.0.0.1:80", "::", "[::]:80", "127.1", "localhost.example", "127.0.0.1.example", "127.0.0.1:80:80",
	} {
		assert.False(t, IsLoopback(other), other)
		assert.False(t, IsLocalhost(other), other)
	}
}

func TestHostsAreListed(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"": {}, " , ": {}, "box.example": {"box.example"},
		"Box.Example, 10.0.0.1\t[2001:db8::1] ::2": {"box.example", "10.0.0.1", "2001:db8::1", "::2"},
	} {
		hosts, err := ParseHosts(text)
		assert.NoError(t, err, text)
		assert.Equal(t, want, hosts, text)
	}
	for _, bad := range []string{"http://box.example", "box.example:8080", "*.example", "box.example/x", "a@b", ":80", "[box]"} {
		_, err := ParseHosts("fine.example " + bad)
		assert.ErrorContains(t, err, `"`+bad+`": a name or an IP address is expected`)
	}
}
