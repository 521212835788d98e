# Writes the two tables of the Switzerland example from the data set
# `swissmunicipalities` of the R package `sampling` (Tille and Matei).
# Source of the figures: Swiss Federal Statistical Office. See SOURCE.md.
#
# Run in this folder:  Rscript extract.R
#
#   frame.csv         what an office knows of every commune before it draws
#   measurements.csv  the indicators of every commune; a survey sees only the sampled ones

library(sampling)
data(swissmunicipalities)
communes <- swissmunicipalities[order(swissmunicipalities$COM), ]

# Numbering of cantons and major regions by the Swiss Federal Statistical Office.
cantons <- c("ZH", "BE", "LU", "UR", "SZ", "OW", "NW", "GL", "ZG", "FR", "SO", "BS", "BL",
             "SH", "AR", "AI", "SG", "GR", "AG", "TG", "TI", "VD", "VS", "NE", "GE", "JU")
regions <- c("Lake Geneva", "Espace Mittelland", "Northwestern Switzerland", "Zurich",
             "Eastern Switzerland", "Central Switzerland", "Ticino")

frame <- data.frame(
  commune = communes$COM,
  name = enc2utf8(as.character(communes$Nom)),
  canton = cantons[communes$CT],
  region = regions[communes$REG],
  population = communes$POPTOT,
  area_ha = communes$HApoly
)
measurements <- data.frame(
  commune = communes$COM,
  built_up_ha = communes$Airbat,
  industrial_ha = communes$Airind,
  households = communes$H00PTOT,
  households_1_person = communes$H00P01,
  households_2_persons = communes$H00P02,
  households_3_persons = communes$H00P03,
  households_4_or_more = communes$H00P04,
  aged_65_or_over = communes$Pop65P,
  above_5000 = as.integer(communes$POPTOT > 5000)
)
stopifnot(nrow(frame) == 2896, !anyDuplicated(frame$commune), !anyNA(measurements))

write_utf8 <- function(table, path) {
  connection <- file(path, open = "wb", encoding = "UTF-8")
  write.csv(table, connection, row.names = FALSE, quote = which(sapply(table, is.character)), eol = "\n")
  close(connection)
}
write_utf8(frame, "frame.csv")
write_utf8(measurements, "measurements.csv")
