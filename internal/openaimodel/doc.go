// Package openaimodel makes a contestant of any chat completions endpoint that
// speaks the OpenAI wire format.
//
// A [Model] is an agent.Model over go-openai. The library encodes the request
// and decodes the answer; between it and the wire stands an exchange, its HTTP
// client, which does what the library cannot:
//
//   - Outgoing (request.go): it names the real model, adds the configured
//     parameters as they are, and puts assistant messages back as their provider
//     sent them, unknown fields included. The library itself only ever sees a
//     neutral model name, because it refuses some names and parameters by rules
//     of its own.
//   - Incoming (answer.go): it bounds the size, recognises errors in whatever form
//     they come, and repairs what vendors do differently: arguments as an object,
//     numeric or missing ids, content in parts, several names for reasoning.
//
// [Model.Complete] tries again with backoff where that can help (failure.go says
// when), within the time that the caller's context leaves. Nothing that leaves
// the package, errors included, holds a key (package secret).
package openaimodel
