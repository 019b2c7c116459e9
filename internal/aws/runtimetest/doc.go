// Package runtimetest runs compiled Lambda functions in tests, without AWS and
// without a container. It speaks the Lambda Runtime API, version 2018-06-01, to
// the real bootstrap binary, and treats it as Lambda does:
//
//   - an execution environment is one process, which handles one invocation at a
//     time and is used again (warm) as long as it lives;
//   - invocations that overlap get environments of their own;
//   - an invocation that passes the time-out kills its process;
//   - a process that ends, by a panic or by os.Exit, fails its invocation, and
//     the next one starts a new process.
//
// What it does not have: freezing between invocations, memory limits, throttling
// and layers.
package runtimetest
