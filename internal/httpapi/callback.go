package httpapi

import (
	"context"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"aitrader/internal/sim"
)

// FinalStatus returns the body of a callback: what the status of a job that has
// ended answers without details.
func FinalStatus(ctx context.Context, store sim.Store, job sim.Job) ([]byte, error) {
	report, err := (&server{Options: Options{Store: store}}).reportJob(ctx, job, false, place{})
	if err != nil {
		return nil, err
	}
	return encode(report)
}

// documentCallback adds to the document what the service sends to a callback_url.
func (s *server) documentCallback(trigger string) {
	doc := s.api.OpenAPI()
	header := func(name, description string) *huma.Param {
		return &huma.Param{Name: name, In: "header", Required: true, Description: description, Schema: &huma.Schema{Type: huma.TypeString}}
	}
	told := &huma.Operation{
		OperationID: "jobEnded", Summary: "The job has ended",
		Description: "Sent until the receiver answers with 2xx, or 410, or it is given up: at least once, without following redirects. Signed as Standard Webhooks say.",
		Parameters: []*huma.Param{
			header("webhook-id", "The id of the job: whoever gets it twice can drop the second one."),
			header("webhook-timestamp", "When it was sent, in seconds since 1970."),
			header("webhook-signature", "v1, and the base64 of the HMAC-SHA256 of webhook-id, webhook-timestamp and body, joined by points."),
		},
		RequestBody: &huma.RequestBody{
			Description: "What /simulate/status/{job_id}?details=false answers.", Required: true,
			Content: map[string]*huma.MediaType{"application/json": {Schema: doc.Components.Schemas.Schema(reflect.TypeFor[JobReport](), true, "")}},
		},
		Responses: map[string]*huma.Response{"2XX": {Description: "It has been taken."}, "410": {Description: "It is not wanted any more."}},
	}
	doc.Paths[trigger].Post.Callbacks = map[string]map[string]*huma.PathItem{"jobEnded": {"{$request.body#/callback_url}": {Post: told}}}
}
