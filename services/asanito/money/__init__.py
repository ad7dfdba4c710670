"""Money: what the source says was sold and paid, beside what was posted to Asanito, day by day and record by record."""
