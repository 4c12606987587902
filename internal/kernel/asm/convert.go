package main

func conversions() {}
