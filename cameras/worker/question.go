package worker

import "github.com/bluenviron/gortsplib/v5/pkg/base"

// question sees each request of the camera before gortsplib does, which knows
// OPTIONS alone and ends the connection over every other (client.go,
// handleServerRequest). GET_PARAMETER and SET_PARAMETER are how some cameras look
// whether anybody is there (RFC 2326 §10.8), and reason for no end: the library
// answers them as it does OPTIONS, with the status that answer puts in. There is
// no parameter to be read or set.
func (s *session) question(r *base.Request) {
	s.reply = base.StatusOK
	switch r.Method {
	case base.GetParameter, base.SetParameter:
		if len(r.Body) > 0 {
			s.reply = base.StatusParameterNotUnderstood
		}
		r.Method = base.Options
	}
}

// answer sees the answer to what question saw last.
func (s *session) answer(r *base.Response) { r.StatusCode = s.reply }
