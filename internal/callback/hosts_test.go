package callback

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

func hosts(t *testing.T, list string) Hosts {
	t.Helper()
	h, err := ParseHosts(list)
	require.NoError(t, err)
	return h
}

func TestOnlyHostsOnTheListAreAllowed(t *testing.T) {
	t.Parallel()
	assert.True(t, hosts(t, " , ").Empty())
	h := hosts(t, "flows.example, Windmill.Internal:8443 ,10.1.2.3, [fd00::1]:9000, fd00::2, ::ffff:10.9.9.9")
	assert.False(t, h.Empty())
	for _, good := range []string{
		"https://flows.example/resume/1?a=b", "https://FLOWS.example:443/", "https://flows.example./x", "https://windmill.internal:8443/x",
		"https://10.1.2.3/x", "https://[fd00::1]:9000/", "https://[fd00:0::2]", "https://10.9.9.9/",
	} {
		u, err := h.parse(sim.CallbackURL(good), false)
		require.NoError(t, err, good)
		assert.Equal(t, good, u.String())
	}
	for _, bad := range []string{
		"", "flows.example", "/resume", "https:///x", "https:flows.example", "http://flows.example/", "ftp://flows.example/",
		"HTTPS+unix://flows.example",
		"https://user@flows.example/", "https://user:pass@flows.example/", "https://flows.example/#x", "https://flows.example:8443/",
		"https://windmill.internal/", "https://evil.example/", "https://flows.example.evil.example/", "https://flows.example@evil.example/",
		"https://evil.example/flows.example", "https://evil.example\\@flows.example/", "https://0x0a010203/", "https://167838211/",
		"https://10.1.515/",
		"https://[::ffff:a01:203%25eth0]/", "https://flows%2eexample/\x00", "https://flows.example/" + strings.Repeat("x", maxURL),
	} {
		_, err := h.parse(sim.CallbackURL(bad), false)
		require.Error(t, err, bad)
		assert.True(t, sim.IsKind(err, sim.KindInvalid), bad)
		assert.NotContains(t, err.Error(), "example", "the error hides the address")
	}
	for _, bad := range []string{
		"*", "*.example", "https://flows.example", "flows.example/x", "flows.example:0", "flows.example:https", "flows.example:70000",
		"10.0.0.0/8",
		"127.1", "0x7f000001", "2130706433", "fe80::1%eth0", "a..b", "-a.example", "us er",
	} {
		_, err := ParseHosts("good.example," + bad)
		require.ErrorContains(t, err, `"`+bad+`"`)
		assert.True(t, sim.IsKind(err, sim.KindInvalid))
	}
}

func TestPublicAddressesAreToldFromSpecialOnes(t *testing.T) {
	t.Parallel()
	for _, yes := range []string{
		"8.8.8.8", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "169.253.0.1", "192.0.1.1", "2606:4700::1111",
		"::ffff:8.8.8.8",
	} {
		assert.True(t, public(netip.MustParseAddr(yes)), yes)
	}
	for _, no := range []string{
		"127.0.0.1", "127.8.8.8", "::1", "0.0.0.0", "0.1.2.3", "::", "10.0.0.1", "172.16.0.1", "192.168.1.1", "fd00::1", "fd00:ec2::254",
		"169.254.169.254", "169.254.170.2", "fe80::1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "224.0.0.1", "ff02::1",
		"255.255.255.255", "240.0.0.1", "198.18.0.1",
		"::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::1",
		"2001::1", "fec0::1", "2001:db8::1",
	} {
		assert.False(t, public(netip.MustParseAddr(no)), no)
	}
}
