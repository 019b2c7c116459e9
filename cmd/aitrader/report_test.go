package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheReportIsOnePage(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.open(5)
	job := s.json("run")["job_id"].(string)
	file := s.path("report.html")
	assert.Contains(t, s.ok("report", job, "-o", file).out, "report.html")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	page := string(text)
	assert.Contains(t, page, "<h1>Job "+job+": completed</h1>")
	assert.Equal(t, 3, strings.Count(page, "<polyline"), "two models and the benchmark")
	assert.NotContains(t, page, "ZgotmplZ")
	assert.NotContains(t, page, "<script")
	assert.NotRegexp(t, `(src|href)=`, page, "the page needs no other file")
	assert.Contains(t, page, `title="20 days are needed"`, "a reason")
	receipt := s.json("receipt", job)
	assert.Contains(t, page, receipt["hash"])
	s.refused([]string{"report.html"}, "report", job, "-o", file)
	s.refused([]string{"unknown-job"}, "report", "unknown-job", "-o", s.path("other.html"))
	assert.NoFileExists(t, s.path("other.html"))
}
