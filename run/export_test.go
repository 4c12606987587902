package run

// Settled is how long ago a file was written at least whose hash is kept.
var Settled = &settled
