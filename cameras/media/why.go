package media

// The bounds of Why.
const (
	// MaxWhySide is how many cells its map is wide and high at most.
	MaxWhySide = 24
	// MaxWhySeconds is how long its curve is at most.
	MaxWhySeconds = 60
)

// Why is why a time of motion counted, for people: where and when how much moved, and by
// which limits that counted. It is small, for it goes with the event's text.
type Why struct {
	Zone string `json:"zone,omitempty"` // "" the whole picture
	// Sensitivity (1 to 100), MinArea (a part of the picture) and MinDuration
	// (milliseconds) are those that were in force there.
	Sensitivity int     `json:"sensitivity,omitempty"`
	MinArea     float64 `json:"min_area,omitempty"`
	MinDuration int     `json:"min_duration_ms,omitempty"`
	// Size is how large the largest part was that moved, in hundredths of the least that
	// counted; 0 where no picture that stands alone showed it. Lasted is for how long
	// something moved, in milliseconds.
	Size   int `json:"size,omitempty"`
	Lasted int `json:"lasted_ms"`
	// Area is how much of the picture that part was.
	Area float64 `json:"area,omitempty"`
	// Columns and Rows are those of Map, Width and Height the sides of its cells in parts
	// of the picture's. Map has a byte for each, row by row: the most that it moved, in
	// hundredths of what counts at the usual sensitivity.
	Columns int     `json:"columns,omitempty"`
	Rows    int     `json:"rows,omitempty"`
	Width   float64 `json:"cell_width,omitempty"`
	Height  float64 `json:"cell_height,omitempty"`
	Map     []byte  `json:"map,omitempty"`
	// Curve has a byte for each second from the beginning: how much moved at most, in
	// hundredths of what counts.
	Curve []byte `json:"curve,omitempty"`
}

// Bare is why without the limits, which are a camera's settings, and without what tells
// them: Size, which is in parts of one.
func (w Why) Bare() Why {
	w.Sensitivity, w.MinArea, w.MinDuration, w.Size = 0, 0, 0, 0
	return w
}

// Sound says that it is within its bounds, for what comes from a camera's worker.
func (w *Why) Sound() bool {
	return w.Sensitivity >= 1 && w.Sensitivity <= 100 && w.MinArea >= 0 && w.MinArea <= 1 && w.MinDuration >= 0 && w.Size >= 0 && w.Lasted >= 0 && w.Area >= 0 && w.Area <= 64 &&
		w.Columns >= 0 && w.Columns <= MaxWhySide && w.Rows >= 0 && w.Rows <= MaxWhySide && len(w.Map) == w.Columns*w.Rows &&
		w.Width >= 0 && w.Width <= 64 && w.Height >= 0 && w.Height <= 64 && len(w.Curve) <= MaxWhySeconds && len(w.Zone) <= 256
}
