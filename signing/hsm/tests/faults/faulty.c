/* A PKCS#11 module that is SoftHSM with faults: it passes every call on, except when the control
 * block, a file of 32-bit words beside this library that the test writes, says otherwise.
 *
 * Every function takes at most eight word-sized arguments, so one wrapper with eight passes any of
 * them on (x86-64 and AArch64 calling conventions; words that the caller did not pass are garbage
 * that the callee does not look at).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef unsigned long UL;
typedef UL (*fn)(UL, UL, UL, UL, UL, UL, UL, UL);
#define FUNCTIONS 68
struct list { unsigned char major, minor; fn f[FUNCTIONS]; };

enum { INITIALIZE = 0, FINALIZE = 1, GET_FUNCTION_LIST = 3, GET_SLOT_LIST = 4, GET_TOKEN_INFO = 6,
       OPEN_SESSION = 12, CLOSE_SESSION = 13, LOGIN = 18, SIGN = 43 };
enum { NONE = 0, EVERY_NTH = 1, EVERY_NTH_ANSWER = 2, DEAD = 3, CRASH = 4, HANG = 5, CLOSED = 6 };

/* Written by the test: what to do, how often, what to answer, to which slot (0: the first in the
 * list, 1: the second, 9: all). Written here: how many faults, and how many calls each slot got. */
struct control {
    volatile uint32_t mode, every, code, slot;
    uint32_t faults, calls[4], crashed, ordinal, initialized;
};
static struct control *control;
static struct list *real, mine;
static UL slots[4];
static int slot_count;

#define SESSIONS 65536
static signed char slot_of_session[SESSIONS];

static int slot_index(UL slot) {
    for (int i = 0; i < slot_count; i++) if (slots[i] == slot) return i;
    return 0;
}

/* Slots in the order of their labels, so that the test knows which is which. */
static void learn_slots(void) {
    UL found[8], n = 8;
    unsigned char info[2][512];
    if (real->f[GET_SLOT_LIST](1, (UL)found, (UL)&n, 0, 0, 0, 0, 0) != 0) return;
    int count = 0;
    unsigned char kept[4][32];
    for (UL i = 0; i < n && count < 4; i++) {
        if (real->f[GET_TOKEN_INFO](found[i], (UL)info[0], 0, 0, 0, 0, 0, 0) != 0) continue;
        if (memcmp(info[0], "receta", 6) != 0) continue; /* the slot without a token */
        int at = count++;
        while (at > 0 && memcmp(kept[at - 1], info[0], 32) > 0) {
            memcpy(kept[at], kept[at - 1], 32); slots[at] = slots[at - 1]; at--;
        }
        memcpy(kept[at], info[0], 32); slots[at] = found[i];
    }
    if (count > slot_count) slot_count = count;
}

static UL call(int i, UL a, UL b, UL c, UL d, UL e, UL f, UL g, UL h) {
    int per_slot = i == GET_TOKEN_INFO || i == OPEN_SESSION;
    int at = per_slot ? slot_index(a) : slot_of_session[a % SESSIONS];
    __atomic_add_fetch(&control->calls[at & 3], 1, __ATOMIC_RELAXED);
    uint32_t mode = control->mode;
    int hit = control->slot == 9 || (int)control->slot == at;
    int spared = i == CLOSE_SESSION || i == LOGIN;
    if (__atomic_load_n(&control->crashed, __ATOMIC_ACQUIRE)) return control->code;
    if (mode == DEAD && hit && i != CLOSE_SESSION) {
        __atomic_add_fetch(&control->faults, 1, __ATOMIC_RELAXED);
        return control->code;
    }
    if (mode == HANG && hit && i == SIGN) {
        __atomic_add_fetch(&control->faults, 1, __ATOMIC_RELAXED);
        usleep(control->every * 1000);
    }
    int due = 0;
    if (mode != NONE && mode != DEAD && mode != HANG && hit && !spared)
        due = __atomic_add_fetch(&control->ordinal, 1, __ATOMIC_RELAXED) % control->every == 0;
    if (due) __atomic_add_fetch(&control->faults, 1, __ATOMIC_RELAXED);
    if (due && mode == CRASH) { __atomic_store_n(&control->crashed, 1, __ATOMIC_RELEASE); return control->code; }
    if (due && mode == EVERY_NTH) return control->code;
    if (due && mode == CLOSED && !per_slot) {
        /* The token really drops the session: its objects are gone too. */
        real->f[CLOSE_SESSION](a, 0, 0, 0, 0, 0, 0, 0);
        return control->code;
    }
    UL rv = real->f[i](a, b, c, d, e, f, g, h);
    if (rv == 0 && i == OPEN_SESSION) slot_of_session[*(UL *)e % SESSIONS] = at;
    if (due && mode == EVERY_NTH_ANSWER) return control->code; /* done, and the answer is lost */
    return rv;
}

#define W(i) static UL w##i(UL a, UL b, UL c, UL d, UL e, UL f, UL g, UL h) { return call(i, a, b, c, d, e, f, g, h); }
W(6) W(12) W(13) W(15) W(18) W(22) W(24) W(26) W(27) W(28) W(29) W(30) W(33) W(34) W(42) W(43) W(58) W(59) W(60) W(61) W(64)

static UL initialize(UL a, UL b, UL c, UL d, UL e, UL f, UL g, UL h) {
    UL rv = real->f[INITIALIZE](a, b, c, d, e, f, g, h);
    __atomic_add_fetch(&control->initialized, 1, __ATOMIC_RELAXED);
    if (rv == 0) { learn_slots(); __atomic_store_n(&control->crashed, 0, __ATOMIC_RELEASE); }
    return rv;
}

UL C_GetFunctionList(struct list **out) {
    if (!real) {
        Dl_info self;
        char path[4096];
        if (!dladdr((void *)C_GetFunctionList, &self)) return 5;
        snprintf(path, sizeof path, "%s.control", self.dli_fname);
        int file = open(path, O_RDWR);
        if (file < 0) return 5;
        control = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        void *module = dlopen(SOFTHSM, RTLD_NOW | RTLD_LOCAL);
        if (control == MAP_FAILED || !module) return 5;
        UL (*get)(struct list **) = (UL (*)(struct list **))dlsym(module, "C_GetFunctionList");
        if (!get || get(&real) != 0) return 5;
        mine = *real;
        mine.f[INITIALIZE] = initialize;
        mine.f[GET_FUNCTION_LIST] = (fn)C_GetFunctionList;
#define S(i) mine.f[i] = w##i;
        S(6) S(12) S(13) S(15) S(18) S(22) S(24) S(26) S(27) S(28) S(29) S(30) S(33) S(34) S(42) S(43) S(58) S(59) S(60) S(61) S(64)
    }
    *out = &mine;
    return 0;
}
