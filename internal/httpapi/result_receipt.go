package httpapi

import (
	"context"
	"net/http"

	"golang.org/x/sync/errgroup"

	"aitrader/internal/apikey"
	"aitrader/internal/receipt"
	"aitrader/internal/sim"
)

func (s *server) registerReceipt() {
	register(s, operation{
		id: "receipt", method: http.MethodGet, path: "/jobs/{job_id}/receipt", group: RoutesResults, scope: apikey.Read,
		summary: "What a job did, as a hash chain",
		description: `The settings of a job that has ended, and for each book the days that the job closed, superseded ones included: ` +
			`opening ledger, tool calls as a hash, corporate actions and fills, closing ledger. Each day's hash covers the day before, ` +
			`the first one's the settings, so one hash covers everything. The job's id, attempts, times and durations are left out: ` +
			`the same job has the same receipt wherever it runs.

Amounts are exact; aitrader verify computes every day again. A receipt too large for one answer can be read model by model.`,
		answers: []documented{{status: http.StatusOK, description: "The receipt.", types: typesOf(receipt.Receipt{})}},
		errors:  []int{http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge},
	}, s.receipt)
}

type receiptInput struct {
	JobID string `path:"job_id" maxLength:"100" doc:"The id of the job."`
	Model string `query:"model" maxLength:"100" doc:"Only the book of this model."`
}

func (s *server) receipt(ctx context.Context, in *receiptInput) (answer, error) {
	q, err := s.selectDays(ctx, in.JobID, "", in.Model)
	if err != nil {
		return answer{}, err
	}
	if !q.job.Status.Terminal() {
		return answer{}, sim.Errorf(sim.KindConflict, "job %s is %s; it has a receipt once it has ended", in.JobID, q.job.Status)
	}
	models, err := s.models(ctx, q)
	if err != nil {
		return answer{}, err
	}
	if len(models) == 0 {
		return answer{}, q.noData("job %s has no model %q", in.JobID, in.Model)
	}
	books := []receipt.Chain{}
	for _, q.model = range models {
		book, err := s.receiptBook(ctx, q)
		if err != nil {
			return answer{}, err
		}
		if len(book.Days) > 0 {
			books = append(books, book)
		}
	}
	return jsonAnswer(http.StatusOK, receipt.Seal(receipt.TermsOf(*q.job), books))
}

// maxTranscriptReads bounds how many transcripts are read at the same time.
const maxTranscriptReads = 8

func (s *server) receiptBook(ctx context.Context, q selection) (receipt.Chain, error) {
	days, err := s.Store.Days(ctx, q.filter(0, 0))
	if err != nil {
		return receipt.Chain{}, err
	}
	book := receipt.Chain{Model: q.model, Days: make([]receipt.Day, len(days))}
	reads, ctx := errgroup.WithContext(ctx)
	reads.SetLimit(maxTranscriptReads)
	for i, d := range days {
		reads.Go(func() error {
			transcript, err := s.Store.Transcript(ctx, d.Book, d.Ref)
			book.Days[i] = receipt.DayOf(d, transcript)
			return err
		})
	}
	return book, reads.Wait()
}
