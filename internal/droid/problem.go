package droid

// Problem is something wrong, in the form that every message of the provider has. Its texts hold no secret.
type Problem struct {
	// Summary says what is wrong, in title case.
	Summary string
	// Cause says why, Remedy what to do about it.
	Cause, Remedy string
	// Error is what another program said; empty where none did.
	Error string
	// Attribute is the attribute that the problem is about. It is empty where the configuration there may hold a secret or
	// may be long: Terraform prints the lines that an attribute's name leads to.
	Attribute string
	// Warning is set when the build goes on all the same.
	Warning bool
}

// Adding returns the problem with one more sentence about its cause.
func (p Problem) Adding(sentence string) Problem {
	if sentence != "" {
		p.Cause += " " + sentence
	}
	return p
}

// Detail is all that a message says below its summary.
func (p Problem) Detail() string {
	detail := p.Cause
	if p.Remedy != "" {
		detail += "\n\n" + p.Remedy
	}
	if p.Error != "" {
		detail += "\n\nError: " + p.Error
	}
	return detail
}

// Invalid is the problem of a value that a check refuses. The check's error says what the value must be, and so is
// cause and remedy.
func Invalid(attribute string, err error) Problem {
	return Problem{Summary: "Invalid Attribute Value", Cause: attribute + " " + err.Error() + "."}
}
