package result

func Definitions() []Definition { return nil }
