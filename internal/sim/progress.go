package sim

// Progress counts the model-days of a job.
type Progress struct {
	Total     int `json:"total_model_days"`
	Completed int `json:"completed"`
	Failed    int `json:"failed"`
	Running   int `json:"running"`
	Pending   int `json:"pending"`
	Skipped   int `json:"skipped"`
	Broken    int `json:"broken"` // completed ones that ended with broken answers
}

// NewProgress completes the stored counts of a job with what follows from its plan:
// a model-day that was never claimed is pending, or skipped once the job has ended.
func NewProgress(j Job, stored map[ModelDayStatus]int) Progress {
	p := Progress{
		Total: j.Plan.Total(), Completed: stored[ModelDayCompleted], Failed: stored[ModelDayFailed],
		Running: stored[ModelDayRunning], Skipped: stored[ModelDaySkipped], Broken: stored[BrokenModelDays],
	}
	open := p.Total - p.Completed - p.Failed - p.Running - p.Skipped
	if j.Status.Terminal() {
		p.Skipped += open
	} else {
		p.Pending = open
	}
	return p
}

// FinalStatus returns how a job with this progress ends when it is neither cancelled
// nor broken.
func (p Progress) FinalStatus() JobStatus {
	switch {
	case p.Completed == p.Total && p.Total > 0:
		return JobCompleted
	case p.Completed > 0:
		return JobPartial
	default:
		return JobFailed
	}
}
