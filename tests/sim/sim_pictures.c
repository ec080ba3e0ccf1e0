/* Agents' pictures: those that somebody has are found by their names, bytes and all; no others. */
#include "sim.h"

void picture_step(struct sim *s, uint64_t agent)
{
    struct cmd cmd = {.type = sim_chance(s, 70) ? CMD_PICTURE_SET : CMD_PICTURE_REMOVE,
                      .picture = {.agent = agent,
                                  .name = {agent, 1 + sim_roll(s, 3)},
                                  .bytes = SPAN_LIT("a picture")}};
    uint64_t id;
    err_t err;

    operator_command(s, &cmd, &err, &id);
}

static bool has_bytes(const struct sim *s, uint64_t pos)
{
    return pos != 0 && pos <= s->disk.nrecs && s->disk.recs[pos - 1].body_len > 0;
}

/* Of all that an agent ever had, no more than the one that he has. */
static void rules_of_record(struct sim *s, uint64_t pos)
{
    const struct sim_rec *r = &s->disk.recs[pos - 1];
    const struct agent *ag;
    struct rec rec;

    if (r->type != REC_AGENT_PICTURE ||
        rec_decode(pos, (struct span){r->rec, r->rec_len}, SPAN_NONE, &rec) != ERR_OK)
        return;
    ag = core_agent_ever(s->core, rec.obj);
    if ((ag->picture_pos == pos) != has_bytes(s, pos))
        sim_fail(s, "AGT-11: the picture at %llu %s", (unsigned long long)pos,
                 has_bytes(s, pos) ? "is nobody's, and kept" : "is somebody's, and lost");
    if (ag->picture_pos == pos && core_agent_by_picture(s->core, ag->picture) != ag)
        sim_fail(s, "AGT-11: the picture of agent %llu is not found", (unsigned long long)ag->id);
    s->did.pictures++;
}

void rules_of_pictures(struct sim *s)
{
    if (s->disk.flight != NULL || s->disk.nrecs + 1 != core_next_pos(s->core))
        return; /* not all of it is on the disk */
    for (uint64_t pos = 1; pos <= s->disk.nrecs; pos++)
        rules_of_record(s, pos);
}
