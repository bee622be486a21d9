/**
 * Words that stand in everybody's messages: alone, none of them can be a value of an operator's set. Small letters, in
 * the languages of the lexicon; what is not here is still measured by its length.
 */
const TEXT = `
january february march april june july august september october november december
monday tuesday wednesday thursday friday saturday sunday today tomorrow yesterday
januar februar märz juni juli oktober dezember montag dienstag mittwoch donnerstag freitag samstag sonntag heute morgen
janvier février mars avril juin juillet août septembre octobre novembre décembre lundi mardi mercredi jeudi vendredi
samedi dimanche demain hier enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
lunes martes miércoles jueves viernes sábado domingo hoy mañana gennaio febbraio aprile maggio giugno luglio settembre
ottobre dicembre lunedì martedì mercoledì giovedì venerdì sabato domenica
январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь понедельник вторник среда четверг
пятница суббота воскресенье сегодня завтра вчера
name names company firma person people customer customers client clients kunde kunden employee employees user users
admin administrator manager director team group project projects projekt product products service services department
office account accounts number numbers email mail phone mobile address street city country germany france england europe
america london paris berlin madrid moscow
about after again also always another because been before being between both call chat come could date does done down
each even every find first from give going good great hand have hello help here home hour house http https important
into just keep know last later left life like line link list little long look made make many mean meet meeting message
minute money month more most move much must need never news next nice night note nothing okay once only open order other
over part please point question quick read really report right room same school send sent should show side since some
something soon sorry still such sure take talk tell test text than thank thanks that their them then there these they
thing think this those time together told took turn under until update very want water week well were what when where
which while white whole will wish with word work world would write year yes your
black blue brown green grey orange pink purple yellow gold silver
hallo danke bitte gerne nicht noch auch aber oder wenn dann hier dort jetzt immer schon sehr alle alles etwas nichts
bonjour merci salut avec pour dans vous nous mais tout bien hola gracias para pero como este esta todo bueno ciao grazie
привет спасибо пожалуйста хорошо можно нужно есть если или уже
secret confidential internal private public draft final version copy none null true false unknown other misc other
password login root guest default example sample admin system server client network internet computer windows linux
`;

/** All of them, folded as texts are. */
export function commonWords(fold: (text: string) => string): ReadonlySet<string> {
  return new Set(TEXT.trim().split(/\s+/).map(fold));
}
