// Package openaimodel turns any chat completions endpoint with the OpenAI wire format
// into a contestant.
//
// A [Model] is an agent.Model over go-openai. The library encodes the request
// and decodes the answer. An exchange, the HTTP client of the library, does what the
// library cannot:
//
//   - Outgoing (request.go): it names the real model, adds the configured
//     parameters unchanged, and restores assistant messages to what their provider
//     sent, unknown fields included. The library sees only a neutral model name,
//     because it has its own rules that refuse some names and parameters.
//   - Incoming (answer.go, message.go): it bounds the size, recognises errors in any
//     form, maps the names of tools to those that are offered (toolname.go), and
//     repairs the variants of vendors: arguments as an object, numeric or missing ids,
//     content in parts, several names for reasoning.
//
// What is sent back of an answer (history.go) is a function of what was executed, and
// valid for the strictest provider; all else in it stays byte for byte.
//
// [Model.Complete] retries with backoff where that can help (failure.go), within the
// deadline of the caller's context. Nothing that leaves the package, errors included,
// holds a key (package secret).
package openaimodel
