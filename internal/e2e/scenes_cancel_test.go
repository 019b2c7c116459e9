package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// thinking is a scene whose model does not answer until the gate opens.
func thinking(t *testing.T) (*scene, *chatServer, *gate) {
	s := newScene(t)
	s.env["SCENE_KEY"] = "k"
	g := newGate()
	chat := newChat(t, func(r chatRequest) chatReply {
		g.pass(r)
		return buys("AAA", 1)(r)
	})
	t.Cleanup(g.open) // before the server is closed, which waits for its requests
	s.configure("default", []sceneModel{chat.asks("solo")}, nil)
	return s, chat, g
}

// cancelled cancels a job and waits until it has ended so.
func (h *sceneHome) cancelled(id string) {
	h.t.Helper()
	require.Equal(h.t, http.StatusAccepted, h.do(http.MethodPost, "/simulate/cancel/"+id, "").status)
	require.Equal(h.t, "cancelled", h.await(id).body["status"])
}

// The model answers only after its job has been cancelled: nothing is written,
// and the book continues as if the job had not been.
func TestALateAnswerOfACancelledJobWritesNothing(t *testing.T) {
	t.Parallel()
	s, chat, g := thinking(t)
	h := s.start()
	id := h.trigger(span(0, 2))
	<-g.arrived
	h.cancelled(id)
	g.open()
	assert.Equal(t, http.StatusConflict, h.do(http.MethodPost, "/simulate/cancel/"+id, "").status, "it has ended")

	h.run(span(1, 1), "completed")
	assert.Equal(t, "10000.00", chat.opening(t, "solo", 1).cash())
	assert.Equal(t, http.StatusNotFound, h.get("/results?job_id="+id).status)
	assert.Equal(t, http.StatusNotFound, h.get("/results?date="+sceneDates[0].String()).status)
	progress := h.get("/simulate/status/" + id).body["progress"].(map[string]any)
	assert.EqualValues(t, 0, progress["completed"])
	for _, r := range chat.asked() {
		assert.False(t, r.date() == sceneDates[0].String() && r.step() > 1, "the cancelled session does not go on")
	}
}

// Of two processes on one folder one executes, and both answer. A job that one
// triggers is run by the other, either can cancel it, and when the one that
// executes ends in the middle of a job, the other continues it.
func TestTwoHomesOnOneFolder(t *testing.T) {
	t.Parallel()
	s, chat, g := thinking(t)
	first := s.start()
	own := first.trigger(span(0, 0))
	<-g.arrived // it holds the lock
	second := s.open()

	assert.Equal(t, "running", second.get("/simulate/status/" + own).body["status"])
	r := second.do(http.MethodPost, "/simulate/trigger", span(0, 0))
	assert.Equal(t, own, r.body["job_id"])
	second.cancelled(own)

	id := second.trigger(span(0, 1))
	<-g.arrived
	assert.Equal(t, "running", first.get("/simulate/current").body["status"])
	assert.Len(t, chat.asked(), 2, "only one of them executes")
	assert.Equal(t, 1, strings.Count(s.log.String(), "another process executes"))

	first.stop()
	assert.Equal(t, "running", second.get("/simulate/status/" + id).body["status"], "the job is still to be run")
	taken := <-g.arrived
	assert.Equal(t, sceneDates[0].String(), taken.date())
	g.open()
	assert.Equal(t, "completed", second.await(id).body["status"])
	assert.Contains(t, s.log.String(), "the other process has ended")
	assert.Equal(t, cashAfter(1, 1), second.day("date="+sceneDates[1].String()).cash(), "each day is traded once")
}

// After the end of its process a job waits for the next one on its folder.
func TestTheNextStartGoesOnWithTheJob(t *testing.T) {
	t.Parallel()
	s, _, g := thinking(t)
	h := s.start()
	id := h.trigger(span(0, 1))
	<-g.arrived
	h.stop()
	g.open()

	next := s.open()
	assert.Equal(t, "completed", next.await(id).body["status"])
	assert.Equal(t, cashAfter(1, 1), next.day("date="+sceneDates[1].String()).cash())
}
