"""Mirror: states and ids written back beside the source's rows, for those who still look there."""
