package trader

import (
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// alarms are the timers of the kernel that wait uses, kept because opening one
// costs more than setting it.
var alarms = sync.Pool{New: func() any {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		panic(err)
	}
	return &alarm{fd, os.NewFile(uintptr(fd), "timer")}
}}

type alarm struct {
	fd   int
	file *os.File
}

// wait returns after a time that is exact to what the kernel can do. It ends
// with an event on a descriptor, as the wait for the answer of a server does; a
// timer of Go is rounded up to whole milliseconds when nothing else runs.
func wait(d time.Duration) error {
	a := alarms.Get().(*alarm)
	defer alarms.Put(a)
	at := unix.ItimerSpec{Value: unix.NsecToTimespec(d.Nanoseconds())}
	if err := unix.TimerfdSettime(a.fd, 0, &at, nil); err != nil {
		return err
	}
	_, err := a.file.Read(make([]byte, 8))
	return err
}
