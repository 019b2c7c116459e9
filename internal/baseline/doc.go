// Package baseline holds contestants that need no network: simple rules to
// compare language models with, and to try the whole service without a key.
//
// A rule is an [agent.Model] like any other: it reads the brief that the prompt
// is made from, calls the same tools, and ends its day with [agent.FinishSignal]. It
// has no state: the messages of a request show what it has done, so the same request
// always gets the same answer.
//
// [Parse] reads the basemodel of a configuration:
//
//	builtin/buy-and-hold?symbol=QQQ   all cash into one symbol, on the first day that it trades
//	builtin/equal-weight              the universe in equal parts, on the first day
//	builtin/momentum?lookback=20&top=5   what has risen most, in equal parts
//	builtin/random?seed=1             seeded coin tosses
//	builtin/cash                      nothing
package baseline
