package httpapi

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAJobThatNoProcessExecutesIsInterrupted(t *testing.T) {
	t.Parallel()
	var executing atomic.Bool
	f := newFixture(t, func(o *Options) { o.Executing = executing.Load })
	job := f.job("job-1", "main", marketDates[:2], "alpha")
	paths := []string{"/simulate/status/job-1", "/simulate/current", "/simulate/jobs"}
	flag := func(path string) any {
		v := f.ok(path)
		if jobs, ok := v["jobs"].([]any); ok {
			v = jobs[0].(map[string]any)
		}
		return v["interrupted"]
	}
	for _, path := range paths {
		assert.Equal(t, true, flag(path), path)
	}
	executing.Store(true)
	for _, path := range paths {
		assert.Nil(t, flag(path), path)
	}
	executing.Store(false)
	f.finish(job, "failed")
	for _, path := range paths {
		assert.Nil(t, flag(path), "%s: an ended job", path)
	}
}

// The process that executes a job ends it, and only then releases its lock.
func TestAJobThatEndsWhileItIsReportedIsNotInterrupted(t *testing.T) {
	t.Parallel()
	var end func()
	f := newFixture(t, func(o *Options) {
		o.Executing = func() bool {
			end()
			return false
		}
	})
	for i, path := range []string{"/simulate/status/job-0", "/simulate/current?experiment=e1", "/simulate/jobs?experiment=e2"} {
		job := f.job(fmt.Sprintf("job-%d", i), fmt.Sprintf("e%d", i), marketDates[:2], "alpha")
		end = func() { f.finish(job, "failed") }
		v := f.ok(path)
		if jobs, ok := v["jobs"].([]any); ok {
			v = jobs[0].(map[string]any)
		}
		assert.Nil(t, v["interrupted"], path)
		assert.Equal(t, "failed", v["status"], path)
	}
}
