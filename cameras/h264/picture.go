package h264

// parameterSets are the latest ones by id.
type parameterSets struct {
	sps [maxSPS]*SPS
	pps [maxPPS]*pps
}

// keep remembers a parameter set's NAL unit. A sequence parameter set that changes
// takes its picture parameter sets with it (clause 7.4.1.2.1): they fall back to its
// lists.
func (s *parameterSets) keep(unit []byte) error {
	switch Type(unit) {
	case nalSPS:
		sps, err := ParseSPS(unit)
		if err != nil {
			return err
		}
		old := s.sps[sps.ID]
		if old != nil && *old == *sps {
			return nil
		}
		s.forget(sps.ID)
		s.sps[sps.ID] = sps
	case nalPPS:
		p, err := parsePPS(unit, &s.sps)
		if err != nil {
			return err
		}
		s.pps[p.id] = p
	}
	return nil
}

// forget drops the picture parameter sets of a sequence parameter set.
func (s *parameterSets) forget(sps int) {
	for i, p := range s.pps {
		if p != nil && p.sps == sps {
			s.pps[i] = nil
		}
	}
}
