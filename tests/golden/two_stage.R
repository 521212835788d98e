# Areas in cities, and homes in areas in cities, simple random sampling at each stage: R survey.

source("figures.R")
options(survey.lonely.psu = "fail")
homes <- read.csv("two_stage.csv")
areas <- homes[!duplicated(paste(homes$city, homes$area)), ]
homes$one <- areas$one <- 1

block <- function(design) {
  df <- degf(design)
  where <- everywhere(design)
  totals <- svytotal(~persons + rooms, design)
  domains <- function(by) {
    found <- svyby(~persons, column(by), design, svytotal)
    limits <- confint(found, df = df)
    lapply(seq_len(nrow(found)), function(k) {
      figure("total(persons)", list(by = by, domain = as.character(found[[by]][k])),
             coef(found)[k], c(SE(found))[k], limits[k, ])
    })
  }
  list(degf = df, weights = I(weights(design)), figures = c(
    list(survey_figure("total(persons)", where, totals, df, 1),
         survey_figure("total(rooms)", where, totals, df, 2),
         survey_figure("mean(persons)", where, svymean(~persons, design), df),
         survey_figure("total(cities)", where, svytotal(~one, design), df),
         survey_figure("ratio(persons, rooms)", where, svyratio(~persons, ~rooms, design), df)),
    domains("stratum"), domains("tenure")))
}

write_json(list(
  "areas in cities" = block(svydesign(ids = ~city + area, strata = ~stratum, fpc = ~N + M, data = areas)),
  "areas in strata of cities" = block(svydesign(ids = ~city + area, strata = ~stratum + kind,
                                                fpc = ~N + M_kind, data = areas, nest = TRUE)),
  "homes in areas in cities" = block(svydesign(ids = ~city + area + home, strata = ~stratum + kind,
                                               fpc = ~N + M_kind + K, data = homes, nest = TRUE))
), "two_stage.json")
