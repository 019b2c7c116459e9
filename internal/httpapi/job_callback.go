package httpapi

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"aitrader/internal/api"
)

// documentCallback adds to the document what the service sends to a callback_url.
func (s *server) documentCallback(trigger string) {
	header := func(name, description string) *huma.Param {
		return &huma.Param{
			Name: name, In: "header", Required: true, Description: description, Schema: &huma.Schema{Type: huma.TypeString},
		}
	}
	report := s.schemas().Schema(reflect.TypeFor[api.JobReport](), true, "")
	callback := &huma.Operation{
		OperationID: "jobEnded", Summary: "The job has ended",
		Description: "Delivered at least once, without following redirects, until the receiver answers 2xx or 410, " +
			"or the service gives up. Signed as specified by Standard Webhooks.",
		Parameters: []*huma.Param{
			header("webhook-id", "The id of the job. A receiver that has seen it can drop the request."),
			header("webhook-timestamp", "When the request was sent, in seconds since 1970."),
			header("webhook-signature", "v1, and the base64 of the HMAC-SHA256 of webhook-id, webhook-timestamp and body, joined by points."),
		},
		RequestBody: &huma.RequestBody{
			Description: "The answer of /simulate/status/{job_id}?details=false.", Required: true,
			Content: map[string]*huma.MediaType{"application/json": {Schema: report}},
		},
		Responses: map[string]*huma.Response{
			"2XX": {Description: "The callback was received."},
			"410": {Description: "The callback is no longer wanted."},
		},
	}
	s.api.OpenAPI().Paths[trigger].Post.Callbacks = map[string]map[string]*huma.PathItem{
		"jobEnded": {"{$request.body#/callback_url}": {Post: callback}},
	}
}
