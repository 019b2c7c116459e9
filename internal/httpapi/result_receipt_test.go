package httpapi

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/receipt"
)

func TestAnEndedJobHasAReceipt(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	job := f.job("at-work", "other", marketDates[:1], "alpha")
	refused(t, f.get("/jobs/at-work/receipt"), http.StatusConflict, "conflict", "at-work", string(job.Status))
	refused(t, f.get("/jobs/nothing/receipt"), http.StatusNotFound, "not_found", `"nothing"`)
	f.mainJob()
	main := f.ok("/simulate/jobs?experiment=main")["jobs"].([]any)[0]
	id := at(main, "job_id").(string)
	f.ok("/jobs/" + id + "/receipt") // it fits its schema
	r, err := receipt.Parse(f.get("/jobs/" + id + "/receipt").body)
	require.NoError(t, err)
	assert.Empty(t, receipt.Verify(r))
	require.Len(t, r.Books, 2)
	assert.Len(t, r.Books[0].Days, 4)
	part, err := receipt.Parse(f.get("/jobs/" + id + "/receipt?model=beta").body)
	require.NoError(t, err)
	assert.Empty(t, receipt.Verify(part))
	require.Len(t, part.Books, 1)
	assert.Equal(t, r.Books[1], part.Books[0], "a book is the same beside others")
	refused(t, f.get("/jobs/"+id+"/receipt?model=gamma"), http.StatusNotFound, "no_data", `"gamma"`)
}
