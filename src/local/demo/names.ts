import type { Chance } from './random.ts'

/** A made-up person's name in the parts that LDAP wants, and its Latin form for the login. */
export interface PersonName {
  readonly full: string
  readonly surname: string
  readonly given: string
  readonly latin: string
  /** Set where a reading by character would be wrong. */
  readonly pinyin: string | null
}

const pairs = (text: string) =>
  text.split(' ').map((pair) => {
    const [written = '', latin = ''] = pair.split('/')
    return { written, latin }
  })

const SURNAMES = pairs(
  '王/wang 李/li 张/zhang 刘/liu 陈/chen 杨/yang 赵/zhao 黄/huang 周/zhou 吴/wu 徐/xu 孙/sun 胡/hu 朱/zhu 高/gao 林/lin 何/he 郭/guo 马/ma 罗/luo ' +
    '梁/liang 宋/song 郑/zheng 谢/xie 韩/han 唐/tang 冯/feng 于/yu 董/dong 萧/xiao 程/cheng 曹/cao 袁/yuan 邓/deng 许/xu 傅/fu 沈/shen 曾/zeng 彭/peng 吕/lv ' +
    '苏/su 卢/lu 蒋/jiang 蔡/cai 贾/jia 丁/ding 魏/wei 薛/xue 叶/ye 阎/yan 余/yu 潘/pan 杜/du 戴/dai 夏/xia 钟/zhong 汪/wang 田/tian 任/ren 姜/jiang ' +
    '范/fan 方/fang 石/shi 姚/yao 谭/tan 廖/liao 邹/zou 熊/xiong 金/jin 陆/lu 欧阳/ouyang 司马/sima 诸葛/zhuge 单/shan 仇/qiu 解/xie',
)

/** Family names whose first reading in a dictionary is another one. */
const READINGS: Readonly<Record<string, string>> = { 曾: 'Zeng', 单: 'Shan', 仇: 'Qiu', 解: 'Xie', 任: 'Ren' }

const GIVEN = pairs(
  '伟/wei 芳/fang 娜/na 敏/min 静/jing 丽/li 强/qiang 磊/lei 军/jun 洋/yang 勇/yong 艳/yan 杰/jie 娟/juan 涛/tao 明/ming 超/chao 霞/xia 平/ping 刚/gang ' +
    '桂英/guiying 秀兰/xiulan 文博/wenbo 浩然/haoran 子涵/zihan 雨桐/yutong 梓萱/zixuan 诗涵/shihan 欣怡/xinyi 思远/siyuan 嘉怡/jiayi 宇轩/yuxuan 晨曦/chenxi 俊熙/junxi ' +
    '若曦/ruoxi 建国/jianguo 志强/zhiqiang 晓燕/xiaoyan 海燕/haiyan 雪梅/xuemei 天宇/tianyu 梦琪/mengqi 一鸣/yiming 佳琪/jiaqi 安然/anran 望舒/wangshu 知行/zhixing',
)

const WESTERN_GIVEN = (
  'Anna Ben Clara David Emma Felix Greta Hugo Ines Jonas Katja Lukas Maria Noah Olivia Paul Rosa Simon Teresa Victor ' +
  'Alice Brendan Chloé Dmitri Élodie François Giulia Henrik Isabel James Karin Liam Márta Niamh Oscar Priya Quentin Rachel Søren Tomasz'
).split(' ')

const WESTERN_SURNAMES = (
  'Müller Schmidt Fischer Weber Becker Hoffmann Smith Jones Taylor Brown Walker Hughes Martin Bernard Dubois Laurent Moreau ' +
  "Rossi Ferrari Romano García Fernández López Silva Costa Nielsen Hansen Johansson Lindqvist Kowalski Nowak Novák Horváth O'Brien Murphy Kelly " +
  'Ivanova Petrov Andersson Virtanen van-Dijk de-Vries Kaya Papadopoulos'
)
  .split(' ')
  .map((name) => name.replace('-', ' '))

export function chineseName(chance: Chance): PersonName {
  const surname = chance.pick(SURNAMES)
  const given = chance.pick(GIVEN)
  const reading = READINGS[surname.written]
  return {
    full: surname.written + given.written,
    surname: surname.written,
    given: given.written,
    latin: `${given.latin}.${surname.latin}`,
    pinyin: reading ? `${reading} ${given.latin.charAt(0).toUpperCase()}${given.latin.slice(1)}` : null,
  }
}

export function westernName(chance: Chance): PersonName {
  const given = chance.pick(WESTERN_GIVEN)
  const surname = chance.pick(WESTERN_SURNAMES)
  return {
    full: `${given} ${surname}`,
    surname,
    given,
    latin: `${latin(given)}.${latin(surname)}`,
    pinyin: null,
  }
}

/** Lower-case ASCII letters of a Western name. */
function latin(name: string): string {
  return name
    .normalize('NFD')
    .replaceAll('ø', 'o')
    .replace(/[^A-Za-z]/g, '')
    .toLowerCase()
}
